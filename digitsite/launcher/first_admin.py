"""The first account: `admin`, whose generated password must be changed at the first sign-in.

A file keeps the password until the first sign-in.
"""

import os
import secrets
from pathlib import Path

from recognizer.accounts.roles import grant_role
from recognizer.models import User

ADMIN_USERNAME = "admin"


def create_first_admin(state_dir: Path) -> str | None:
    """Create the account and return its password. Returns None if the account exists.

    The file is written before the row: a crash in between costs a file that the next start
    replaces.
    """
    if User.objects.filter(username_key=ADMIN_USERNAME).exists():
        return None
    password = secrets.token_urlsafe(12)
    _write_private_file(state_dir / "admin-password", password)
    user = User.objects.create_superuser(
        ADMIN_USERNAME, password=password, must_change_password=True
    )
    grant_role(user=user, role="reviewer")
    return password


def _write_private_file(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
