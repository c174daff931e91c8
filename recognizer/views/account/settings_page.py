"""The page "Your account": consent, the way in, API tokens, one's data, and the end of it all."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from recognizer.accounts import services, tokens
from recognizer.models import User
from recognizer.review.annotator_stats import load_annotator_stats
from recognizer.views.account.adapters import CONSENT_HELP_TEXT, CONSENT_LABEL
from recognizer.views.account.forms import DeleteAccountForm, TokenForm
from recognizer.views.decorators import require_user


@require_GET
@login_required
@never_cache
def show_account(request: HttpRequest) -> HttpResponse:
    return _render_settings(request, TokenForm())


@require_POST
@login_required
def change_consent(request: HttpRequest) -> HttpResponse:
    may_teach = "may_teach" in request.POST
    services.set_teaching_consent(user=require_user(request), may_teach=may_teach)
    messages.success(request, "Thank you." if may_teach else "Noted: your drawings teach nobody.")
    return redirect("account")


@require_POST
@login_required
@never_cache
def create_token(request: HttpRequest) -> HttpResponse:
    """The key is in this answer and nowhere else, so it is not a redirect."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _render_settings(request, form)
    try:
        made = tokens.create_token(
            user=require_user(request), name=form.cleaned_data["name"], days=form.days
        )
    except tokens.CannotMakeToken as error:
        form.add_error(None, str(error))
        return _render_settings(request, form)
    return _render_settings(request, TokenForm(), made=made)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    tokens.revoke_token(user=require_user(request), token_id=token_id)
    messages.success(request, "This token no longer works.")
    return redirect("account")


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@never_cache
def delete_account(request: HttpRequest) -> HttpResponse:
    user = require_user(request)
    form = DeleteAccountForm(request.POST or None, user=user)
    if request.method != "POST" or not form.is_valid():
        return _render_delete_page(request, form)
    try:
        services.delete_account(user=user)
    except services.CannotDeleteAccount as error:
        form.add_error(None, str(error))
        return _render_delete_page(request, form)
    logout(request)
    messages.success(request, "Your account and all your drawings are deleted.")
    return redirect("/")


def _render_delete_page(request: HttpRequest, form: DeleteAccountForm) -> HttpResponse:
    context = {"form": form, "drawings": require_user(request).drawings.count()}
    return render(request, "account/delete_account.html", context)


def _render_settings(
    request: HttpRequest,
    form: TokenForm,
    *,
    made: tokens.NewToken | None = None,
) -> HttpResponse:
    user = require_user(request)
    context = {
        "form": form,
        "made": made,
        "tokens": tokens.list_tokens(user),
        "now": timezone.now(),
        "question": CONSENT_LABEL,
        "what_it_means": CONSENT_HELP_TEXT,
        "record": load_annotator_stats(user),
        **_sign_in_methods(user),
    }
    return render(request, "account/settings.html", context)


def _sign_in_methods(user: User) -> dict[str, Any]:
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
