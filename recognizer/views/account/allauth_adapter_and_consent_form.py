"""allauth adapter and the consent field of the sign-up form."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from recognizer.accounts.email_addresses import list_confirmed_addresses
from recognizer.accounts.guests import begin_upgrade
from recognizer.accounts.sign_in.known_devices import remember_device
from recognizer.accounts.sign_in.sign_in_limits import check_password, count_sign_in
from recognizer.accounts.username_rules import username_key, validate_public_username
from recognizer.mail.links import site_link
from recognizer.middleware.guest_access import find_guest
from recognizer.models import User

CONSENT_LABEL = "Use my drawings to train models"
CONSENT_HELP_TEXT = (
    "Your drawings and labels may be added to training sets, without your name, after a review. "
    "If you decline, they are recognized and stored for you only. You can change this at any "
    "time. Later training then leaves your drawings out; models that are already trained are not "
    "changed."
)
REQUIRED_ADDRESS_STAGE = "recognizer.views.account.email_confirmation.RequiredAddressStage"
REAUTHENTICATION_METHODS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


def wants_to_keep_tokens(request: HttpRequest) -> bool:
    """Return whether the form has the box of templates/account/snippets/keep_tokens.html."""
    return "keep_tokens" in request.POST


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-up that can be closed, limits on passwords, and e-mails with links from the settings."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the user who may sign in, or None. Raises TooManyAttempts."""
        attempt = count_sign_in(request, credentials)
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            attempt.refund()
        return user

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the stored form of the name of a sign-up. Raises ValidationError."""
        username = User.normalize_username(username)
        validate_public_username(username)
        if not shallow and User.objects.filter(username_key=username_key(username)).exists():
            raise self.validation_error("username_taken")
        return username

    def new_user(self, request: HttpRequest) -> User:
        """Return the row of a sign-up: the guest of the session, who keeps id and drawings."""
        guest = find_guest(request)
        return (guest and begin_upgrade(guest)) or User()

    def save_user(
        self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True
    ) -> User:
        """Store a sign-up with the hash that the form has computed."""
        password = form.cleaned_data.pop("password1")
        super().save_user(request, user, form, commit=False)
        form.cleaned_data["password1"] = password
        user.password = form.password_hash  # type: ignore[attr-defined]  # a SignupForm
        if user.pk is not None:  # it was a guest
            text = "Your account is ready, and your drawings are in it."
            messages.success(request, text, extra_tags="drawings_kept")
        if commit:
            user.save()
        return user

    def get_login_stages(self) -> list[str]:
        """Replace the step that requires a confirmed address."""
        return [
            REQUIRED_ADDRESS_STAGE if path.endswith(".EmailVerificationStage") else path
            for path in super().get_login_stages()
        ]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Replace allauth's limit, which counts by host name and locks the account."""

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether this is the password of a signed-in user. Raises TooManyAttempts."""
        is_correct = check_password(user, password)
        if is_correct:
            # An old hash has been replaced. The session remains valid.
            self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        return is_correct

    def set_password(self, user: User, password: str) -> None:
        user.keeps_tokens = wants_to_keep_tokens(self.request)
        super().set_password(user, password)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the client; IPv4 addresses within IPv6 in the form of IPv4.

        Limits count the first half of an IPv6 address, which is the same for all of these.
        """
        address = ip_address(super().get_client_ip(request))
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)

    def post_login(self, request: HttpRequest, user: User, **hook_kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **hook_kwargs)
        remember_device(request, response, user.pk)
        if user.must_change_password:  # the first admin, who now knows the password
            (settings.STATE_DIR / "admin-password").unlink(missing_ok=True)
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        methods = super().get_reauthentication_methods(user)
        return [
            {**method, "description": REAUTHENTICATION_METHODS[method["id"]]} for method in methods
        ]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        self.render_mail(template_prefix, email, {"email": email, **context}).send()

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Render a message with the name and the address of this site from the settings."""
        site = SimpleNamespace(name=settings.SITE_NAME, domain=settings.SITE_URL)
        context = {**context, "current_site": site}
        message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return message

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return site_link(path.replace("UID-KEY", key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return site_link(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Notify the confirmed addresses of a user about a change of their account.

        `email` is ignored: allauth passes the former primary address, confirmed or not.
        """
        self.notify_addresses(template_prefix, list_confirmed_addresses(user), context)

    def notify_addresses(
        self,
        template_prefix: str,
        addresses: Iterable[str],
        context: dict[str, Any] | None = None,
    ) -> None:
        context = {
            "timestamp": timezone.now(),
            "ip": self.get_client_ip(self.request),
            "user_agent": self.get_http_user_agent(self.request)[:HTTP_USER_AGENT_MAX_LENGTH],
            **(context or {}),
        }
        for address in addresses:
            self.send_mail(template_prefix, address, context)


class TeachingConsentForm(forms.Form):
    """Fields added to the sign-up form. allauth calls `signup` with the new user."""

    may_teach = forms.BooleanField(required=False, label=CONSENT_LABEL, help_text=CONSENT_HELP_TEXT)

    def signup(self, request: HttpRequest, user: User) -> None:
        user.may_teach = self.cleaned_data["may_teach"]
        user.may_teach_decided_at = timezone.now()
        user.save(update_fields=["may_teach", "may_teach_decided_at"])
