"""The settings page: consent, sign-in methods, API tokens, export and deletion."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from recognizer.accounts import api_tokens, deletion
from recognizer.accounts.data_export import download_account
from recognizer.accounts.sign_in import session_revocation
from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.models import User
from recognizer.permission_checked_lookups import NotFound
from recognizer.review.reviewers.annotator_accuracy import load_annotator_stats
from recognizer.views.access_decorators import require_user
from recognizer.views.account.allauth_adapter_and_consent_form import (
    CONSENT_HELP_TEXT,
    CONSENT_LABEL,
)
from recognizer.views.account.forms import DeleteAccountForm, TokenForm


@require_GET
@login_required
@never_cache
def show_account(request: HttpRequest) -> HttpResponse:
    return _render_settings(request, TokenForm())


@require_POST
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def change_consent(request: HttpRequest) -> HttpResponse:
    may_teach = "may_teach" in request.POST
    set_teaching_consent(user=require_user(request), may_teach=may_teach)
    text = "Saved. Thank you." if may_teach else "Saved. Your drawings are not used for training."
    messages.success(request, text, extra_tags="consent_saved")
    return redirect("account")


@require_POST
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@never_cache
def create_token(request: HttpRequest) -> HttpResponse:
    """Show the key in this response. A redirect would need to store it."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _render_settings(request, form)
    try:
        new_token = api_tokens.create_token(
            user=require_user(request), name=form.cleaned_data["name"], days=form.days
        )
    except api_tokens.CannotMakeToken as error:
        form.add_error(None, str(error))
        return _render_settings(request, form)
    context = {"token_name": new_token.token.name}
    get_adapter().send_notification_mail(
        "account/email/token_created", require_user(request), context
    )
    return _render_settings(request, TokenForm(), new_token=new_token)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    api_tokens.revoke_token(user=require_user(request), token_id=token_id)
    messages.success(request, "Token revoked.", extra_tags="token_revoked")
    return redirect("account")


@require_POST
@login_required
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    session = UserSession.objects.filter(user=require_user(request), pk=session_id).first()
    if session is None:
        raise NotFound("You have no such session.")
    session_revocation.end_session(session=session)
    messages.success(request, "Session ended.", extra_tags="session_ended")
    return redirect("usersessions_list")


@require_GET
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def export_data(request: HttpRequest) -> HttpResponseBase:
    """Send all data of the user as a zip file."""
    return download_account(request, require_user(request))


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
        deletion.delete_account(user=user)
    except deletion.CannotDeleteAccount as error:
        form.add_error(None, str(error))
        return _render_delete_page(request, form)
    logout(request)
    messages.success(
        request, "Your account and all your drawings were deleted.", extra_tags="account_deleted"
    )
    return redirect("/")


def _render_delete_page(request: HttpRequest, form: DeleteAccountForm) -> HttpResponse:
    context = {"form": form, "drawings": require_user(request).drawings.count()}
    return render(request, "account/delete_account.html", context)


def _render_settings(
    request: HttpRequest,
    form: TokenForm,
    *,
    new_token: api_tokens.NewToken | None = None,
) -> HttpResponse:
    user = require_user(request)
    context = {
        "form": form,
        "new_token": new_token,
        "tokens": api_tokens.list_tokens(user),
        "now": timezone.now(),
        "consent_label": CONSENT_LABEL,
        "consent_help_text": CONSENT_HELP_TEXT,
        "stats": load_annotator_stats(user),
        **_sign_in_methods(user),
    }
    return render(request, "account/settings.html", context)


def _sign_in_methods(user: User) -> dict[str, Any]:
    """Return the email addresses, provider and second factors that allauth stores."""
    authenticators = list(Authenticator.objects.filter(user=user))
    return {
        "has_single_sign_on": SocialAccount.objects.filter(user=user).exists(),
        "emails": list(EmailAddress.objects.filter(user=user).order_by("-primary", "email")),
        "has_totp": any(one.type == Authenticator.Type.TOTP for one in authenticators),
        "passkeys": sum(one.type == Authenticator.Type.WEBAUTHN for one in authenticators),
        "recovery_codes": next(
            (
                len(one.wrap().get_unused_codes())
                for one in authenticators
                if one.type == Authenticator.Type.RECOVERY_CODES
            ),
            None,
        ),
    }
