"""docs/runbook.md speaks of figures and commands that exist, and of all our figures."""

import re
from pathlib import Path

from django.core.management import get_commands
from prometheus_client import REGISTRY

from recognizer import metrics

RUNBOOK = (Path(__file__).resolve().parent.parent.parent / "docs" / "runbook.md").read_text()


def test_every_figure_is_explained_and_no_other(db: None) -> None:
    asked = [family.name for family in metrics.QueueCollector().collect()]
    counted = [family.name for family in REGISTRY.collect()]
    ours = {name for name in asked + counted if name.startswith("digitsite_")}
    ours |= {"digitsite_waiting_tasks", "digitsite_workers"}  # absent while no broker runs
    named = {name.removesuffix("_total") for name in re.findall(r"`(digitsite_\w+)", RUNBOOK)}
    assert named == ours


def test_every_command_it_names_exists() -> None:
    assert set(re.findall(r"manage\.py (\w+)", RUNBOOK)) <= set(get_commands())
