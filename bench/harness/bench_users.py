"""`python -m bench.harness.bench_users COUNT`: makes the accounts that a bench logs in with, in a
fresh home.

Signing up on the page is limited to a few a minute and address; logging in (bench.harness.login)
is real.
"""

from __future__ import annotations

import os
import sys

PASSWORD = "a-long-password-for-the-bench"


def user_name(number: int) -> str:
    return f"bench{number}"


def create_users(count: int) -> None:
    """One hash for all: it is checked at every login all the same."""
    from django.contrib.auth.hashers import make_password

    from recognizer.models import User

    password = make_password(PASSWORD)
    people = [User(username=user_name(number), password=password) for number in range(count)]
    User.objects.bulk_create(people)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django

    django.setup()
    create_users(int(sys.argv[1]))
