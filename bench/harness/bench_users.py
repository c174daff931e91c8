"""Accounts for benchmarks: `python -m bench.harness.bench_users COUNT` creates them.

The sign-up page is limited to a few accounts a minute and address, so accounts are created in the
database. Signing in (bench.harness.login) uses the real page.
"""

from __future__ import annotations

import os
import sys

PASSWORD = "a-long-password-for-the-bench"


def user_name(number: int) -> str:
    return f"bench{number}"


def create_users(count: int) -> None:
    """Create users with one shared password hash; every sign-in still verifies it."""
    from django.contrib.auth.hashers import make_password

    from recognizer.models import User

    password = make_password(PASSWORD)
    users = [User(username=user_name(number), password=password) for number in range(count)]
    User.objects.bulk_create(users)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django

    django.setup()
    create_users(int(sys.argv[1]))
