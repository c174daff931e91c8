"""The commands in docs/runbook.md."""

import re
from pathlib import Path

from django.core.management import get_commands

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "runbook.md"


def test_every_command_exists() -> None:
    assert set(re.findall(r"manage\.py (\w+)", RUNBOOK.read_text())) <= set(get_commands())
