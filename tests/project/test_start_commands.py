"""Start commands of `make run`, `make worker` and the containers."""

import json
import re
from pathlib import Path

import pytest
import yaml

from digitsite.launcher.supervisor_config import PROGRAMS, write_supervisor_config

ROOT = Path(__file__).resolve().parent.parent.parent


def command_of(stage: str) -> str:
    """Return the CMD of a stage of the Dockerfile as one line."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    part = re.search(rf"^FROM \S+ AS {stage}$(.+?)(?=^FROM|\Z)", text, re.M | re.S)
    assert part
    return " ".join(json.loads(re.findall(r"^CMD (\[.+\])$", part[1], re.M)[0]))


@pytest.mark.parametrize(
    ("stage", "program"),
    [("web", "web"), ("worker-cpu", "worker"), ("background", "background")],
)
def test_container_command_equals_make_run(stage: str, program: str) -> None:
    expected = PROGRAMS[program].replace("127.0.0.1", "0.0.0.0").replace("%(ENV_PORT)s", "8000")
    assert command_of(stage) == expected


def test_make_worker_command_equals_make_run() -> None:
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    found = re.search(r"^\t@exec \$\(PY\) -m (celery .+)$", text, re.M)
    assert found
    assert " ".join(found[1].split()) == PROGRAMS["worker"]


@pytest.mark.parametrize(
    ("service", "program"), [("heavy", "heavy"), ("background-gpu", "background"), ("beat", "beat")]
)
def test_service_command_equals_make_run(service: str, program: str) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert " ".join(services[service]["command"]) == PROGRAMS[program]


def test_make_dev_reloads_all_programs_but_the_broker(tmp_path: Path) -> None:
    config = write_supervisor_config(tmp_path, with_broker=True, reload=True).read_text()
    commands = re.findall(r"^command=nice -n \d+ python -m \S+ (.+)$", config, re.M)
    assert len(commands) == len(PROGRAMS)
    for name, command in zip(PROGRAMS, commands, strict=True):
        assert PROGRAMS[name] in command
        assert (" --reload " in command or "watchfiles" in command) == (name != "broker")
