"""The page "Your account": consent, the way in, API tokens, one's data, and the end of it all."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from recognizer import accounts, tokens
from recognizer.access import NotFound
from recognizer.models import User
from recognizer.pages.account_forms import DeleteAccountForm, TokenForm
from recognizer.pages.accounts import QUESTION, WHAT_IT_MEANS
from recognizer.pages.visitors import signed_in
from recognizer.review.records import read_record


@require_GET
@login_required
@never_cache
def show_account(request: HttpRequest) -> HttpResponse:
    return _account_page(request, TokenForm())


@require_POST
@login_required
def change_consent(request: HttpRequest) -> HttpResponse:
    may_teach = "may_teach" in request.POST
    accounts.change_consent(user=signed_in(request), may_teach=may_teach)
    messages.success(request, "Thank you." if may_teach else "Noted: your drawings teach nobody.")
    return redirect("account")


@require_POST
@login_required
@never_cache
def make_token(request: HttpRequest) -> HttpResponse:
    """The key is in this answer and nowhere else, so it is not a redirect."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, form)
    try:
        made = tokens.make_token(
            user=signed_in(request), name=form.cleaned_data["name"], days=form.days
        )
    except tokens.CannotMakeToken as error:
        form.add_error(None, str(error))
        return _account_page(request, form)
    return _account_page(request, TokenForm(), made=made)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    try:
        tokens.revoke_token(user=signed_in(request), token_id=token_id)
    except NotFound as error:
        raise Http404(str(error)) from None
    messages.success(request, "This token no longer works.")
    return redirect("account")


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@never_cache
def delete_account(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = DeleteAccountForm(request.POST or None, user=user)
    if request.method != "POST" or not form.is_valid():
        return _delete_page(request, form)
    try:
        accounts.delete_account(user=user)
    except accounts.CannotDeleteAccount as error:
        form.add_error(None, str(error))
        return _delete_page(request, form)
    logout(request)
    messages.success(request, "Your account and all your drawings are deleted.")
    return redirect("/")


def _delete_page(request: HttpRequest, form: DeleteAccountForm) -> HttpResponse:
    context = {"form": form, "drawings": signed_in(request).drawings.count()}
    return render(request, "pages/account_delete.html", context)


def _account_page(
    request: HttpRequest,
    form: TokenForm,
    *,
    made: tokens.MadeToken | None = None,
) -> HttpResponse:
    user = signed_in(request)
    context = {
        "form": form,
        "made": made,
        "tokens": tokens.list_tokens(user),
        "now": timezone.now(),
        "question": QUESTION,
        "what_it_means": WHAT_IT_MEANS,
        "record": read_record(user),
        **_ways_in(user),
    }
    return render(request, "pages/account.html", context)


def _ways_in(user: User) -> dict[str, Any]:
    """How this person gets in, as allauth keeps it."""
    second = list(Authenticator.objects.filter(user=user))
    return {
        "emails": list(EmailAddress.objects.filter(user=user).order_by("-primary", "email")),
        "app": any(way.type == Authenticator.Type.TOTP for way in second),
        "passkeys": sum(way.type == Authenticator.Type.WEBAUTHN for way in second),
        "recovery_codes": next(
            (
                len(way.wrap().get_unused_codes())
                for way in second
                if way.type == Authenticator.Type.RECOVERY_CODES
            ),
            None,
        ),
    }
