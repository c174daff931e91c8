"""Start the site, stay until a signal or a failure, stop all of it.

`--reload` restarts its processes when the code changes (`make dev`).
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connections

from digitsite.broker import CannotFindBroker, find_broker
from digitsite.home import HomeIsUnsafe, broker_socket
from digitsite.launcher.claim import CannotStart, claim_home, require_free_port
from digitsite.launcher.console import LogWatch, say
from digitsite.launcher.make import started_by_make
from digitsite.launcher.stopping import Stop, StopRequest
from digitsite.launcher.supervision import start_supervisor, write_supervisor_config
from digitsite.launcher.tied import tie_to_parent
from digitsite.readiness import has_worker, is_answering

READY_WITHIN_S = 60
ENDS_WITHIN_S = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="digitsite.launcher")
    parser.add_argument("--reload", action="store_true", help="restart when the code changes")
    reload: bool = parser.parse_args().reload
    stop = StopRequest()
    if started_by_make():
        tie_to_parent(os.getppid())
    try:
        stop.listen()
        return run_site(stop, reload=reload)
    except Stop:
        return 0
    except (CannotStart, CannotFindBroker, HomeIsUnsafe, ImproperlyConfigured) as error:
        say(f"Digitsite cannot start: {error}")
        return 1


def run_site(stop: StopRequest, *, reload: bool = False) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    home: Path = settings.HOME
    address = f"http://localhost:{settings.PORT}"
    lock = claim_home(home, address=address)
    require_free_port(settings.PORT)
    has_own_broker = f"unix://{broker_socket(home)}" == settings.REDIS_URL
    if has_own_broker:
        find_broker()
    prepare_database(home)
    config = write_supervisor_config(home, with_broker=has_own_broker, reload=reload)
    watch = LogWatch(home / "logs")
    stop.defer()
    say("Starting …")
    supervisor = start_supervisor(config, settings=_settings_of_all(), lock=lock)
    try:
        wait_until_ready(supervisor, watch, stop)
        say(f"Digitsite is ready: {address}   (Ctrl-C stops it)")
        return stay(supervisor, watch, stop)
    finally:
        stop.ignore()
        end(supervisor)


def prepare_database(home: Path) -> None:
    """Bring the tables up to date, and make the first account if it is not there."""
    say("Preparing the database …")
    django.setup()
    from digitsite.launcher.account import make_admin  # models load after django.setup()

    try:
        call_command("migrate", verbosity=0, interactive=False)
        password = make_admin(home)
    except DatabaseError as error:
        raise CannotStart(f"the database cannot be used: {error}") from error
    finally:
        connections.close_all()
    if password:
        say(f"The account admin has the password {password}")
        say(f"It is not shown again; it is kept in {home / 'admin-password'}")


def wait_until_ready(
    supervisor: subprocess.Popen[bytes], watch: LogWatch, stop: StopRequest
) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not (is_answering("/readyz") and has_worker()):
        watch.report()
        stop.check()
        if supervisor.poll() is not None:
            raise CannotStart(f"supervisord ended; see {settings.HOME / 'logs'}")
        if time.monotonic() > deadline:
            raise CannotStart(
                f"not ready after {READY_WITHIN_S} seconds; see {settings.HOME / 'logs'}"
            )
        time.sleep(0.05)


def stay(supervisor: subprocess.Popen[bytes], watch: LogWatch, stop: StopRequest) -> int:
    while supervisor.poll() is None:
        watch.report()
        stop.check()
        time.sleep(0.3)
    say("supervisord has ended, and the site with it.")
    return 1


def end(supervisor: subprocess.Popen[bytes]) -> None:
    """What has not ended in time is killed."""
    if supervisor.poll() is not None:
        return
    say("Stopping …")
    supervisor.terminate()
    try:
        supervisor.wait(ENDS_WITHIN_S)
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


if __name__ == "__main__":
    sys.exit(main())
