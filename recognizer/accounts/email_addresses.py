"""E-mail addresses of users. An address counts only after its owner has confirmed it.

A user can enter an address that belongs to others. Until it is confirmed, an address identifies no
account at sign-in, reserves nothing, receives no notifications, and cannot reset a password.
"""

from allauth.account.models import EmailAddress

from recognizer.models import User


def find_confirmed_holder(address: str) -> User | None:
    """Return the user who has confirmed an address, or None."""
    confirmed = EmailAddress.objects.filter(email=address.lower(), verified=True)
    holder = confirmed.select_related("user").first()
    return holder.user if holder else None


def list_confirmed_addresses(user: User) -> list[str]:
    """Return the confirmed addresses of a user."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True)
    return list(confirmed.order_by("pk").values_list("email", flat=True))


def remove_unconfirmed_claims(confirmed: EmailAddress) -> None:
    """Remove a confirmed address from the accounts that have it without confirmation."""
    others = EmailAddress.objects.filter(email=confirmed.email, verified=False)
    for claim in others.exclude(user_id=confirmed.user_id).select_related("user"):
        claim.remove()
    accounts = User.objects.filter(email__iexact=confirmed.email)
    accounts.exclude(pk=confirmed.user_id).update(email="")
