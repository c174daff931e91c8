"""Missing files of a known model, restored from a release with the same weights."""

import json
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError

from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CannotRegister, fetch_model, register_model
from recognizer.registry.bundled_model_registration import register_bundled_models
from tests.fixtures.releases import make_release

pytestmark = pytest.mark.django_db
FILES = ["weights.safetensors", "model.onnx", "card.json"]


@pytest.mark.parametrize("missing", FILES)
def test_restores_a_missing_file_from_a_later_release(missing: str, tmp_path: Path) -> None:
    release = make_release(tmp_path / "one", name="one")
    version = register_model(release)
    card = json.loads((release / "card.json").read_text())
    (release / "card.json").write_text(json.dumps({**card, "temperature": 5.0}))
    default_storage.delete(f"{version.folder}/{missing}")
    register_bundled_models(tmp_path)
    version.refresh_from_db()
    fetched = json.loads((fetch_model(version, tmp_path / "models") / "card.json").read_text())
    assert fetched["temperature"] == (5.0 if missing == "card.json" else 1.0)
    assert version.card["temperature"] == fetched["temperature"]
    assert register_model(release) == version


@pytest.mark.parametrize("name", ["a/b", "", "a b", "../x", "a?b", "é", "a" * 41, None])
def test_refuses_a_name_that_cannot_be_part_of_a_url(tmp_path: Path, name: str | None) -> None:
    release = make_release(tmp_path / "release")
    card = json.loads((release / "card.json").read_text())
    (release / "card.json").write_text(json.dumps({**card, "name": name}))
    with pytest.raises(CannotRegister, match="The name in"):
        register_model(release)


@pytest.mark.parametrize("error", [OSError("full"), OperationalError("away"), ValueError("odd")])
def test_logs_a_failing_release_and_registers_the_others(
    error: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("first", "second", "third"):
        make_release(tmp_path / name, name=name)
    exists = default_storage.exists
    sha256 = json.loads((tmp_path / "second" / "card.json").read_text())["sha256"]

    def fail_on_second(name: str) -> bool:
        if sha256 in name:
            raise error
        return exists(name)

    monkeypatch.setattr(default_storage, "exists", fail_on_second)
    assert [one.name for one in register_bundled_models(tmp_path)] == ["first", "third"]
    assert "second is not registered" in caplog.text
    monkeypatch.undo()
    assert len(register_bundled_models(tmp_path)) == 3
    assert ModelVersion.objects.count() == 3
