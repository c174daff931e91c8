"""supervisord's configuration and the process itself.

It restarts what ends, within two seconds. It runs in the home, so that no path of the machine
stands in the configuration, where blanks, `%`, `;` and `#` mean something.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from digitsite.launcher.parent_death import set_parent_death_signal
from recognizer.protocol import BACKGROUND_QUEUES, RECOGNITION_QUEUE

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_OPEN_FILES = 65_536
_WORKER = (
    "celery -A workers.app worker --pool solo -Q {queues} --loglevel INFO"
    " --without-gossip --without-mingle --without-heartbeat"
)
PROGRAMS = {
    "broker": "digitsite.embedded_broker",
    "web": (
        "uvicorn digitsite.asgi:application --host 127.0.0.1 --port %(ENV_PORT)s"
        " --loop uvloop --http httptools --ws websockets-sansio --ws-max-size 1048576"
        " --ws-per-message-deflate false --ws-ping-interval 10 --ws-ping-timeout 10"
        " --no-access-log --timeout-graceful-shutdown 3"
    ),
    "worker": _WORKER.format(queues=RECOGNITION_QUEUE),
    "background": _WORKER.format(queues=",".join(BACKGROUND_QUEUES)),
    "beat": "celery -A workers.app beat --loglevel WARNING --pidfile=",
    "sweep": "django sweep",
}
WEB_CODE = ("digitsite", "recognizer", "templates")
WORKER_CODE = ("digitsite", "recognizer", "workers", "ml")
"""Folders whose changes restart a program (`make dev`)."""
LOW_PRIORITY_PROGRAMS = ("background", "beat")
"""Nobody waits for them: they give way to the others, from their start on."""

SUPERVISOR_TEMPLATE = """\
[supervisord]
nodaemon=true
silent=true
logfile=logs/supervisor.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile=supervisord.pid
childlogdir=logs
minfds=256
"""
PROGRAM_TEMPLATE = """
[program:{name}]
command=nice -n {nice} python -m digitsite.launcher.parent_death {command}
priority={priority}
startsecs=0
autorestart=true
stopasgroup=true
killasgroup=true
stopwaitsecs=6
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""
# One group ends together; the broker ends after those that speak to it.
GROUP_TEMPLATE = """
[group:site]
programs={names}
priority=20
"""


def write_supervisor_config(home: Path, *, with_broker: bool, reload: bool = False) -> Path:
    (home / "logs").mkdir(exist_ok=True)
    names = [name for name in PROGRAMS if with_broker or name != "broker"]
    programs = [_program_section(name, reload=reload) for name in names]
    site = GROUP_TEMPLATE.format(names=",".join(name for name in names if name != "broker"))
    path = home / "supervisord.conf"
    path.write_text("".join([SUPERVISOR_TEMPLATE, _user_option(), *programs, site]))
    return path


def nice_level(name: str) -> int:
    return 10 if name in LOW_PRIORITY_PROGRAMS else 0


def _program_section(name: str, *, reload: bool) -> str:
    return PROGRAM_TEMPLATE.format(
        name=name,
        command=_reloading_command(name) if reload else PROGRAMS[name],
        nice=nice_level(name),
        priority=10 if name == "broker" else 20,
    )


def _reloading_command(name: str) -> str:
    """Return the command that restarts a program when its code changes; the broker has no code."""
    command = PROGRAMS[name]
    if name == "broker":
        return command
    if name == "web":
        folders = " ".join(f'--reload-dir "%(ENV_PYTHONPATH)s/{folder}"' for folder in WEB_CODE)
        return f"{command} --reload --reload-include *.html {folders}"
    folders = " ".join(f'"%(ENV_PYTHONPATH)s/{folder}"' for folder in WORKER_CODE)
    return (
        "watchfiles --filter python --target-type command --sigint-timeout 5"
        f' "python -m {command}" {folders}'
    )


def start_supervisor(
    config: Path, *, settings: Mapping[str, str], lock: int
) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C reaches the launcher alone, which then stops supervisord."""
    _raise_open_file_limit()
    return subprocess.Popen(
        [sys.executable, "-m", "digitsite.launcher.supervisord", "-c", config],
        cwd=config.parent,
        env={**os.environ, **settings, **_python_environment()},
        pass_fds=[lock],
        start_new_session=True,
        preexec_fn=partial(set_parent_death_signal, os.getpid()),
        stdin=subprocess.DEVNULL,
    )


def _python_environment() -> dict[str, str]:
    """Our own interpreter first, so that `python` in a command is that one, and our own code."""
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _user_option() -> str:
    """supervisord wants it said when root shall stay root."""
    return "user=root\n" if os.getuid() == 0 else ""


def _raise_open_file_limit() -> None:
    """Each open socket is a file; the usual limit of 1,024 is soon reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
