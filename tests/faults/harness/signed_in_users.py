"""Accounts and sessions of many signed-in users, created by one command."""

import subprocess
import sys

from tests.fixtures.site_process import ROOT, SiteProcess
from tests.scale.machines import Machines

CREATE_SESSIONS_CODE = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from recognizer.models import User
with transaction.atomic():
    for number in range({count}):
        user = User.objects.create(username=f"one-of-many-{{number}}", password="!")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        print(f"{{settings.SESSION_COOKIE_NAME}}={{session.session_key}}")
"""


def create_sessions(site: SiteProcess | Machines, count: int) -> list[str]:
    """Create users and return their session cookies."""
    command = [
        sys.executable,
        "manage.py",
        "shell",
        "-v0",
        "-c",
        CREATE_SESSIONS_CODE.format(count=count),
    ]
    run = subprocess.run(
        command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()
