"""The command line of the launcher: starts the site, waits for a signal or a failure, stops it.

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

from digitsite.embedded_valkey import CannotFindBroker, find_broker
from digitsite.launcher.error_log_tail import LogTail, print_line
from digitsite.launcher.parent_death import set_parent_death_signal
from digitsite.launcher.single_instance import CannotStart, lock_state_dir, require_free_port
from digitsite.launcher.stop_signals import StopRequested, StopSignalHandler, is_started_by_make
from digitsite.launcher.supervisor_config import start_supervisor, write_supervisor_config
from digitsite.process_healthcheck import is_web_healthy, is_worker_alive
from digitsite.state_dir import UnusableStateDir, broker_socket_path

READY_TIMEOUT_S = 60
MAX_EXITS_DURING_START = 4
QUIET_TIME_S = 3.0
"""The site is ready when no process has ended for this time. A failing one restarts in less."""
STOP_TIMEOUT_S = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="digitsite.launcher")
    parser.add_argument("--reload", action="store_true", help="restart when the code changes")
    reload: bool = parser.parse_args().reload
    stop = StopSignalHandler()
    if is_started_by_make():
        set_parent_death_signal(os.getppid())
    try:
        stop.listen()
        return run_site(stop, reload=reload)
    except StopRequested:
        return 0
    except (CannotStart, CannotFindBroker, UnusableStateDir, ImproperlyConfigured) as error:
        print_line(f"Digitsite cannot start: {error}")
    except OSError as error:
        print_line(f"Digitsite cannot start: {error.filename}: {error.strerror}")
    return 1


def run_site(stop: StopSignalHandler, *, reload: bool = False) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    state_dir: Path = settings.STATE_DIR
    require_model_files()
    require_static_files()
    if os.getuid() == 0:
        print_line("Warning: the site runs as root. Run it as a user without special rights.")
    address = f"http://localhost:{settings.PORT}"
    lock = lock_state_dir(state_dir, address=address)
    require_free_port(settings.PORT)
    has_own_broker = f"unix://{broker_socket_path(state_dir)}" == settings.REDIS_URL
    if has_own_broker:
        find_broker()
    prepare_database(state_dir)
    if not has_own_broker:
        check_shared_redis()
    config = write_supervisor_config(state_dir, with_broker=has_own_broker, reload=reload)
    log_tail = LogTail(state_dir / "logs")
    stop.defer()
    print_line("Starting …")
    supervisor = start_supervisor(config, settings=_shared_environment(), lock=lock)
    try:
        wait_until_ready(supervisor, log_tail, stop)
        print_line(f"Digitsite is ready: {address}   (Ctrl-C stops it)")
        return supervise(supervisor, log_tail, stop)
    finally:
        stop.ignore()
        stop_supervisor(supervisor)


def require_model_files() -> None:
    """Raise CannotStart if the settings of model directories name no models."""
    if not (settings.DEFAULT_MODEL_DIR / "card.json").is_file():
        raise CannotStart(f"DEFAULT_MODEL_DIR has no card.json: {settings.DEFAULT_MODEL_DIR}")
    if not settings.BUNDLED_MODELS_DIR.is_dir():
        raise CannotStart(f"BUNDLED_MODELS_DIR is not a directory: {settings.BUNDLED_MODELS_DIR}")


def require_static_files() -> None:
    """Raise CannotStart if the static files are neither built nor served from their sources."""
    built = settings.STATIC_ROOT
    if built is not None and not (built / "staticfiles.json").is_file():
        raise CannotStart(
            "the static files are not built. Run `make static`, or set STATIC_SOURCES=true"
        )


def prepare_database(state_dir: Path) -> None:
    """Migrate the database and create the first account. Raises CannotStart."""
    print_line("Preparing the database …")
    django.setup()
    # Models load after django.setup().
    from digitsite.launcher.first_admin import ADMIN_USERNAME, create_first_admin

    try:
        call_command("migrate", verbosity=0, interactive=False)
        password = create_first_admin(state_dir)
    except DatabaseError as error:
        raise CannotStart(f"the database cannot be used: {error}") from error
    finally:
        connections.close_all()
    if password:
        if sys.stdout.isatty():  # the output of a service is stored in a journal
            print_line(f"The account {ADMIN_USERNAME} has the password {password}")
        print_line(
            f"Until the first sign-in, the password of the account {ADMIN_USERNAME} is stored in"
            f" {state_dir / 'admin-password'}"
        )


def check_shared_redis() -> None:
    """Raise CannotStart if a site with another database uses our names in Redis."""
    from recognizer.messaging.site_claim import RedisInUse, claim_redis

    try:
        claim_redis()
    except RedisInUse as error:
        raise CannotStart(error.message) from error
    finally:
        connections.close_all()


def wait_until_ready(
    supervisor: subprocess.Popen[bytes], log_tail: LogTail, stop: StopSignalHandler
) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not (
        time.monotonic() - log_tail.last_exit_at > QUIET_TIME_S
        and is_web_healthy("/readyz")
        and is_worker_alive()
    ):
        log_tail.report()
        stop.check()
        if supervisor.poll() is not None:
            raise CannotStart(f"supervisord ended.{log_tail.describe_cause()}")
        for program, exits in log_tail.exits.items():
            if exits >= MAX_EXITS_DURING_START:
                raise CannotStart(
                    f"the process {program} has ended {exits} times."
                    f"{log_tail.describe_cause(program)}"
                )
        if time.monotonic() > deadline:
            raise CannotStart(
                f"not ready after {READY_TIMEOUT_S} seconds.{log_tail.describe_cause()}"
            )
        time.sleep(0.05)


def supervise(
    supervisor: subprocess.Popen[bytes], log_tail: LogTail, stop: StopSignalHandler
) -> int:
    while supervisor.poll() is None:
        log_tail.report()
        stop.check()
        time.sleep(0.3)
    print_line("supervisord has ended; all processes of the site have stopped.")
    return 1


def stop_supervisor(supervisor: subprocess.Popen[bytes]) -> None:
    """Terminate it, and kill it after STOP_TIMEOUT_S."""
    if supervisor.poll() is not None:
        return
    print_line("Stopping …")
    supervisor.terminate()
    try:
        supervisor.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()


def _shared_environment() -> dict[str, str]:
    """Return the settings that must be the same in all processes."""
    return {
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "DIGITSITE_HOME": str(settings.STATE_DIR),
        "PORT": str(settings.PORT),
    }


if __name__ == "__main__":
    sys.exit(main())
