"""Codes of authenticator apps: each is accepted once."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction


def use_code(authenticator: Authenticator, code: str) -> bool:
    """Mark a valid code as used. Returns False if it, or a newer one, was used before.

    allauth forgets a used code after one period, but accepts it for three.
    """
    secret = decrypt(authenticator.data["secret"])
    steps = [
        step
        for step in yield_hotp_counters_from_time()
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
    ]
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        if not steps or steps[-1] <= row.data.get("last_used_step", -1):
            return False
        row.data["last_used_step"] = steps[-1]
        row.save(update_fields=["data"])
    authenticator.data = row.data
    return True
