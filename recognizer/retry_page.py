"""The page of a request that may pass later (429, 503). It keeps the input, without passwords."""

from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from recognizer.base_errors import DomainError
from recognizer.rate_limits import RateLimited

ALLAUTH_PERIOD_S = 60
"""allauth does not report when a request may pass. Its limits count requests per minute."""

PASSWORD_LABELS = {
    "password": "Password",
    "password1": "Password",
    "password2": "Confirm password",
    "oldpassword": "Current password",
}
TEXT_LABELS = {
    "login": "Username or email",
    "username": "Username",
    "email": "Email",
    "name": "Name",
}
SECRET_FIELDS = {"csrfmiddlewaretoken", "code", "credential"}


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """The site's `handler429`."""
    error = RateLimited("Too many requests. Wait, then try again.", retry_after_s=ALLAUTH_PERIOD_S)
    return render_retry_page(request, error)


def render_retry_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return a page with the time to wait and a form that repeats the request."""
    wait_s = max(1, ceil(error.retry_after_s or 0))
    texts, hidden, passwords = [], [], []
    for name, values in request.POST.lists():
        if name in PASSWORD_LABELS:
            passwords.append((name, PASSWORD_LABELS[name]))
        elif name in TEXT_LABELS:
            texts += [(name, TEXT_LABELS[name], value) for value in values]
        elif name not in SECRET_FIELDS:
            hidden += [(name, value) for value in values]
    context = {
        "error": error,
        "wait_s": wait_s,
        "wait": _format_wait(wait_s),
        "texts": texts,
        "passwords": passwords,
        "hidden": hidden,
    }
    response = render(request, "retry_later.html", context, status=error.status)
    response["Retry-After"] = str(wait_s)
    return response


def _format_wait(seconds: int) -> str:
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{ceil(seconds / 60)} minutes"
