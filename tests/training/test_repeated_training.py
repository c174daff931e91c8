"""Registration of the same weights again, with a newer model card."""

import json
import shutil
from pathlib import Path

import pytest

from recognizer.registry.artifact_store import fetch_model, register_model
from tests.training.test_run_requests import SHIPPED

pytestmark = pytest.mark.django_db


def test_keeps_the_first_registration(tmp_path: Path) -> None:
    first = register_model(SHIPPED)
    again = tmp_path / "again"
    shutil.copytree(SHIPPED, again)
    card = json.loads((again / "card.json").read_text())
    (again / "card.json").write_text(json.dumps({**card, "created_at": "2030-01-01"}))
    assert register_model(again) == first
    folder = fetch_model(first, tmp_path / "fetched")
    assert json.loads((folder / "card.json").read_text())["created_at"] == card["created_at"]
