"""Start the site, stay until a signal or a failure, stop all of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connections

from digitsite.broker import CannotFindBroker, find_broker
from digitsite.home import HomeIsUnsafe, broker_socket
from digitsite.launcher.claim import CannotStart, claim_home, require_free_port
from digitsite.launcher.console import LogWatch, say
from digitsite.launcher.make import make_was_interrupted, started_by_make
from digitsite.launcher.supervision import start_supervisor, write_supervisor_config
from digitsite.launcher.tied import tie_to_parent
from digitsite.readiness import has_worker, is_answering

READY_WITHIN_S = 60
STOPS_WITHIN_S = 20
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(Exception):
    """SIGINT or SIGTERM came."""


def main() -> int:
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _stop)
    if started_by_make():
        tie_to_parent()
    try:
        return run_site()
    except Stop:
        return 0
    except (CannotStart, CannotFindBroker, HomeIsUnsafe, ImproperlyConfigured) as error:
        say(f"Digitsite cannot start: {error}")
        return 1


def run_site() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    home: Path = settings.HOME
    address = f"http://localhost:{settings.PORT}"
    lock = claim_home(home, address=address)
    require_free_port(settings.PORT)
    has_own_broker = f"unix://{broker_socket(home)}" == settings.REDIS_URL
    if has_own_broker:
        find_broker()
    password = prepare_database(home)
    config = write_supervisor_config(home, with_broker=has_own_broker)
    watch = LogWatch(home / "logs")
    say("Starting …")
    supervisor = start_supervisor(config, settings=_settings_of_all(), lock=lock)
    try:
        wait_until_ready(supervisor, watch)
        if password:
            say(f"The account admin has the password {password}")
            say(f"It is not shown again; it is kept in {home / 'admin-password'}")
        say(f"Digitsite is ready: {address}   (Ctrl-C stops it)")
        return stay(supervisor, watch)
    finally:
        stop(supervisor)


def prepare_database(home: Path) -> str | None:
    """Bring the tables up to date; returns the password of `admin` when it was made just now."""
    say("Preparing the database …")
    django.setup()
    from digitsite.launcher.account import make_admin  # models load after django.setup()

    try:
        call_command("migrate", verbosity=0, interactive=False)
        return make_admin(home)
    except DatabaseError as error:
        raise CannotStart(f"the database cannot be used: {error}") from error
    finally:
        connections.close_all()


def wait_until_ready(supervisor: subprocess.Popen[bytes], watch: LogWatch) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not (is_answering("/readyz") and has_worker()):
        watch.report()
        if supervisor.poll() is not None:
            raise CannotStart(f"supervisord ended; see {settings.HOME / 'logs'}")
        if time.monotonic() > deadline:
            raise CannotStart(
                f"not ready after {READY_WITHIN_S} seconds; see {settings.HOME / 'logs'}"
            )
        time.sleep(0.05)


def stay(supervisor: subprocess.Popen[bytes], watch: LogWatch) -> int:
    while supervisor.poll() is None:
        watch.report()
        if make_was_interrupted():
            raise Stop
        time.sleep(0.3)
    say("supervisord has ended, and the site with it.")
    return 1


def stop(supervisor: subprocess.Popen[bytes]) -> None:
    """A second Ctrl-C does not interrupt this; what has not ended in time is killed."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if supervisor.poll() is not None:
        return
    say("Stopping …")
    supervisor.terminate()
    try:
        supervisor.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()


def _settings_of_all() -> dict[str, str]:
    """What every process must agree on, though this one's folder or environment differ."""
    return {
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "DIGITSITE_HOME": str(settings.HOME),
        "PORT": str(settings.PORT),
    }


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
