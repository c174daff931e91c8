"""Users of a running site, created by its commands."""

import itertools
import subprocess
import sys
import time

from tests.fixtures.site_process import ROOT, SiteProcess

PASSWORD = "a-good-long-password"
CREATE_USER_CODE = """
from recognizer.models import User
User.objects.create_user({name!r}, password={password!r})
"""

ASSIGN_SPLIT_CODE = """
from recognizer.models import User
User.objects.filter(username={name!r}).update(split="training")
"""

_numbers = itertools.count(time.time_ns() % 10**9)


def create_user(site: SiteProcess) -> str:
    """Create a user and return the username."""
    name = f"guarded{next(_numbers)}"
    _manage(site, "shell", "-v0", "-c", CREATE_USER_CODE.format(name=name, password=PASSWORD))
    return name


def create_reviewer(site: SiteProcess, name: str) -> None:
    _manage(site, "set_role", name, "reviewer")


def assign_training_split(site: SiteProcess, name: str) -> None:
    """Give the user the split that the order of sign-ups would otherwise decide."""
    _manage(site, "shell", "-v0", "-c", ASSIGN_SPLIT_CODE.format(name=name))


def create_token(site: SiteProcess, name: str) -> str:
    return _manage(site, "create_api_token", name)


def _manage(site: SiteProcess, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    run = subprocess.run(
        command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()
