"""Limits on sign-ins, sign-ups and confirmations of the password (docs/decisions/0008).

Wrong passwords slow down further attempts and never lock an account. They count by account and by
address, without the host, the port or the case of the name. Devices on which the user has signed in
before count for themselves.
"""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.http import HttpRequest

from recognizer.accounts.account_lookup import find_account
from recognizer.accounts.sign_in.attempt_limits import (
    AttemptCounter,
    CountedAttempt,
    Limit,
    clear_attempts,
    count_attempt,
)
from recognizer.accounts.sign_in.known_devices import find_device_id
from recognizer.accounts.username_rules import username_key
from recognizer.models import User

ACCOUNT_FAILURES = Limit(20, 30)
ACCOUNT_FAILURES_FROM_ADDRESS = Limit(5, 60)
ADDRESS_FAILURES = Limit(100, 3)
ADDRESS_SIGN_INS = Limit(120, 1)
ADDRESS_SIGN_UPS = Limit(60, 10)
DEVICE_FAILURES = Limit(10, 60)
DEVICE_SIGN_INS = Limit(30, 10)
REAUTHENTICATION_FAILURES = Limit(10, 60)
TRUSTED_NETWORK_FACTOR = 10
"""How much more an address of TRUSTED_NETWORKS may do."""


def count_sign_in(request: HttpRequest, credentials: dict[str, Any]) -> CountedAttempt:
    """Count an attempt to sign in with a password. Raises TooManyAttempts."""
    user, account = _find_account(credentials)
    device = find_device_id(request, user.pk) if user else None
    if device is not None:
        return count_attempt(
            AttemptCounter(f"device:{device}", DEVICE_SIGN_INS, counts_failures_only=False),
            AttemptCounter(f"device-failures:{device}", DEVICE_FAILURES),
        )
    address = get_ip(request)
    factor = _address_factor(request)
    return count_attempt(
        AttemptCounter(
            f"address:{address}", ADDRESS_SIGN_INS.scale(factor), counts_failures_only=False
        ),
        AttemptCounter(f"address-failures:{address}", ADDRESS_FAILURES.scale(factor)),
        AttemptCounter(_pair_key(account, address), ACCOUNT_FAILURES_FROM_ADDRESS.scale(factor)),
        AttemptCounter(account, ACCOUNT_FAILURES),
    )


def count_sign_up(request: HttpRequest) -> None:
    """Count a sign-up with a valid form. Raises TooManyAttempts."""
    address = get_ip(request)
    limit = ADDRESS_SIGN_UPS.scale(_address_factor(request))
    count_attempt(AttemptCounter(f"sign-up:{address}", limit, counts_failures_only=False))


def count_new_guest(request: HttpRequest) -> None:
    """Count a guest by address and for the whole site. Raises TooManyAttempts."""
    burst = settings.GUESTS_PER_ADDRESS
    by_address = Limit(burst, 3600 / burst).scale(_address_factor(request))
    site = Limit(settings.GUESTS_PER_HOUR, 3600 / settings.GUESTS_PER_HOUR)
    count_attempt(
        AttemptCounter(f"guest:{get_ip(request)}", by_address, counts_failures_only=False),
        AttemptCounter("guests", site, counts_failures_only=False),
    )


def count_reauthentication(user: User) -> CountedAttempt:
    """Count a password that a signed-in user or a program confirms. Raises TooManyAttempts."""
    return count_attempt(AttemptCounter(f"reauthentication:{user.pk}", REAUTHENTICATION_FAILURES))


def check_password(user: User, password: str) -> bool:
    """Return whether this is the password of a signed-in user. Raises TooManyAttempts."""
    attempt = count_reauthentication(user)
    is_correct = user.check_password(password)
    if is_correct:
        attempt.refund()
    return is_correct


def forget_failures(request: HttpRequest, user: User) -> None:
    """Forget the wrong passwords of a user who has just reset the password."""
    account = _account_key(user)
    clear_attempts(account, _pair_key(account, get_ip(request)))


def _find_account(credentials: dict[str, Any]) -> tuple[User | None, str]:
    """Return the user of a username or an email address, and the key of the counter."""
    login = str(credentials.get("username") or credentials.get("email") or "")
    user = find_account(credentials.get("username"), credentials.get("email"))
    if user is not None:
        return user, _account_key(user)
    return None, f"name:{username_key(login.strip())}"


def _account_key(user: User) -> str:
    return f"account:{user.pk}"


def _pair_key(account: str, address: str) -> str:
    return f"{account}:{address}"


def _address_factor(request: HttpRequest) -> int:
    address = ip_address(get_adapter().get_client_ip(request))
    trusted = any(address in network for network in settings.TRUSTED_NETWORKS)
    return TRUSTED_NETWORK_FACTOR if trusted else 1
