"""The site's settings for tests: a home of their own, never the developer's `var/`."""

import atexit
import os
import shutil
import tempfile

for name in ("DATABASE_URL", "REDIS_URL", "PORT", "HTTPS", "DEBUG", "ORIGINS", "ALLOWED_HOSTS"):
    os.environ.pop(name, None)
if "TEST_DATABASE_URL" in os.environ:  # the second run, on PostgreSQL (tests/house)
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
# Two threads of torch on two busy cores are ten times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["DIGITSITE_HOME"] = tempfile.mkdtemp(prefix="digitsite-test-")
atexit.register(shutil.rmtree, os.environ["DIGITSITE_HOME"], ignore_errors=True)

from digitsite.settings import *  # noqa: E402, F403 - the home must be set before they are read
from digitsite.settings import DATABASE_URL, DATABASES, STATE_DIR  # noqa: E402

if DATABASE_URL.startswith("sqlite"):
    # A file, so that threads and other processes can share the test database.
    DATABASES["default"]["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}
else:
    # A test is one transaction, and may be silent in it for long.
    DATABASES["default"]["OPTIONS"]["options"] = ""
# Tests sign people in by the hundred; what Argon2 costs is not what they are about.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
