"""The front page: draws for who is signed in, explains itself to everybody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.side_by_side import list_side_by_side_refs


@require_safe
@ensure_csrf_cookie
def show_front_page(request: HttpRequest) -> HttpResponse:
    """The page's scripts send pictures with the CSRF token, so the cookie is always set."""
    if not request.user.is_authenticated:
        return render(request, "draw/landing.html")
    return render(request, "draw/draw.html", {"beside": list_side_by_side_refs()})
