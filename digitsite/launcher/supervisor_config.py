"""The configuration and the process of supervisord, which restarts programs that end.

It runs in the state directory. The configuration holds no path of the machine, where blanks, `%`,
`;` and `#` would have a meaning.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from digitsite.launcher.parent_death import PARENT_PID_ENV, set_parent_death_signal
from recognizer.protocol import BACKGROUND_QUEUES, HEAVY_RECOGNITION_QUEUE, RECOGNITION_QUEUE

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_OPEN_FILES = 65_536
_WORKER = (
    "celery -A workers.app worker --pool solo -Q {queues} --loglevel INFO"
    " --without-gossip --without-mingle --without-heartbeat"
)
PROGRAMS = {
    "broker": "digitsite.embedded_valkey",
    "web": (
        "uvicorn digitsite.asgi:application --host 127.0.0.1 --port %(ENV_PORT)s"
        " --loop uvloop --http digitsite.http_protocol:TimedHttpProtocol --ws websockets-sansio"
        " --ws-max-size 1048576 --ws-per-message-deflate false --ws-ping-interval 10"
        " --ws-ping-timeout 10 --no-access-log --limit-concurrency 10000"
        " --timeout-graceful-shutdown 3"
    ),
    "worker": _WORKER.format(queues=RECOGNITION_QUEUE),
    "heavy": _WORKER.format(queues=HEAVY_RECOGNITION_QUEUE),
    "background": _WORKER.format(queues=",".join(BACKGROUND_QUEUES)),
    "beat": "celery -A workers.app beat --loglevel WARNING --pidfile=",
    "sweep": "django sweep",
}
WEB_CODE = ("digitsite", "recognizer", "compiled", "templates")
WORKER_CODE = ("digitsite", "recognizer", "workers", "ml", "compiled")
"""Folders whose changes restart a program (`make dev`)."""
LOW_PRIORITY_PROGRAMS = ("heavy", "background", "beat")
"""Programs whose work must not delay usual drawings. They run at a lower priority."""

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
# A group stops together. The broker stops after its clients.
GROUP_TEMPLATE = """
[group:site]
programs={names}
priority=20
"""


def write_supervisor_config(state_dir: Path, *, with_broker: bool, reload: bool = False) -> Path:
    (state_dir / "logs").mkdir(exist_ok=True)
    names = [name for name in PROGRAMS if with_broker or name != "broker"]
    programs = [_program_section(name, reload=reload) for name in names]
    site = GROUP_TEMPLATE.format(names=",".join(name for name in names if name != "broker"))
    path = state_dir / "supervisord.conf"
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
    """Start supervisord in a new session: Ctrl-C reaches the launcher only, which stops it."""
    _raise_open_file_limit()
    launcher_pid = os.getpid()

    def prepare_child() -> None:
        set_parent_death_signal(launcher_pid)
        os.environ.update({**settings, **_python_environment(), PARENT_PID_ENV: str(os.getpid())})

    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", config],
        cwd=config.parent,
        pass_fds=[lock],
        start_new_session=True,
        preexec_fn=prepare_child,
        stdin=subprocess.DEVNULL,
    )


def _python_environment() -> dict[str, str]:
    """Put this interpreter first on PATH and this code first on PYTHONPATH."""
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _user_option() -> str:
    """Return the option that supervisord needs to run as root without a warning."""
    return "user=root\n" if os.getuid() == 0 else ""


def _raise_open_file_limit() -> None:
    """Raise the limit of open files, usually 1,024: each websocket needs one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
