"""Settings of tests, with a temporary state directory."""

import atexit
import os
import shutil
import tempfile

# Users of tests are new and would not enter the holdout.
os.environ["HOLDOUT_MIN_ACCOUNT_DAYS"] = "0"
for name in ("DATABASE_URL", "REDIS_URL", "PORT", "HTTPS", "DEBUG", "ORIGINS", "ALLOWED_HOSTS"):
    os.environ.pop(name, None)
if "TEST_DATABASE_URL" in os.environ:  # the second run, on PostgreSQL (tests/project)
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
# Two threads of torch on two busy cores are ten times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests need no build, except those about it (tests/project/test_static_build.py).
os.environ.setdefault("STATIC_SOURCES", "true")
os.environ["DIGITSITE_HOME"] = tempfile.mkdtemp(prefix="digitsite-test-")
atexit.register(shutil.rmtree, os.environ["DIGITSITE_HOME"], ignore_errors=True)

from digitsite.settings import *  # noqa: E402, F403 - the state directory must be set first
from digitsite.settings import DATABASE_URL, DATABASES, STATE_DIR  # noqa: E402

if DATABASE_URL.startswith("sqlite"):
    # A file, so that threads and other processes can share the test database.
    DATABASES["default"]["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}
else:
    # A test is one transaction that may be idle for long.
    del DATABASES["default"]["OPTIONS"]["pool"]["connection_class"]
# Else each test client reads the attributes of all static files.
WHITENOISE_AUTOREFRESH = True
# Tests sign in hundreds of users, and Argon2 is slow.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests read delivered e-mails in django.core.mail.outbox.
EMAIL_ENABLED = True
EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# No worker compares imports with the champion.
IMPORT_CHECK_TIMEOUT_S = 0.01
