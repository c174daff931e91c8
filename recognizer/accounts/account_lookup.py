"""The account of a username or a confirmed e-mail address."""

from itertools import count

from recognizer.accounts.email_addresses import find_confirmed_holder
from recognizer.accounts.username_rules import suggest_username, username_key
from recognizer.models import User


def find_account(username: str | None, email: str | None) -> User | None:
    """Return the only account that a password may open, or None.

    At sign-in both arguments hold the same text; it is an address if a user has confirmed it.
    """
    if email and username in (None, email):
        holder = find_confirmed_holder(email)
        if holder is not None:
            return holder
    if not username:
        return None
    return User.objects.filter(username_key=username_key(username)).first()


def find_free_username(wanted: str) -> str:
    """Return a username that no account has: `wanted`, if possible, else with a number."""
    name = suggest_username(wanted)
    candidates = (name if number == 1 else f"{name}{number}" for number in count(1))
    return next(
        candidate
        for candidate in candidates
        if not User.objects.filter(username_key=username_key(candidate)).exists()
    )
