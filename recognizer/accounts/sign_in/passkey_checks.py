"""Checks of passkeys that allauth leaves out: the origins of the site, frames and counters."""

import logging
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity

from recognizer.models import User

log = logging.getLogger(__name__)

_complete_registration = auth.complete_registration
_complete_authentication = auth.complete_authentication


def install() -> None:
    """Replace three functions of allauth. It has no setting and no hook for these checks."""
    auth.get_server = get_server
    auth.complete_registration = complete_registration
    auth.complete_authentication = complete_authentication


def get_server() -> Fido2Server:
    """Return a server that accepts the origins of ORIGINS only, with or without HTTPS."""
    entity = PublicKeyCredentialRpEntity(**get_adapter().get_public_key_credential_rp_entity())
    return Fido2Server(entity, verify_origin=lambda origin: origin in settings.ORIGINS)


def complete_registration(credential: Any) -> Any:
    _refuse_frame(auth.parse_registration_response(credential))
    return _complete_registration(credential)


def complete_authentication(user: User, response: Any) -> Authenticator:
    """Return the passkey that signed the response. A counter that goes back shows a copy of it."""
    parsed = auth.parse_authentication_response(response)
    _refuse_frame(parsed)
    authenticator: Authenticator = _complete_authentication(user, response)
    counter = parsed.response.authenticator_data.counter
    stored = authenticator.data.get("sign_count", authenticator.wrap().authenticator_data.counter)
    if (counter or stored) and counter <= stored:
        log.warning(
            "Refused passkey %s of user %s: its counter went from %s to %s, so it may be a copy",
            authenticator.pk,
            user.pk,
            stored,
            counter,
        )
        raise get_adapter().validation_error("incorrect_code")
    authenticator.data["sign_count"] = counter
    authenticator.save(update_fields=["data"])
    return authenticator


def _refuse_frame(parsed: Any) -> None:
    """Refuse a response that was made in a frame of another origin."""
    if parsed.response.client_data.cross_origin:
        raise get_adapter().validation_error("incorrect_code")
