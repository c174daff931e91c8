"""Registration, download and promotion of models."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.models import ModelVersion, Promotion
from recognizer.registry.artifact_store import (
    CannotFetch,
    CannotRegister,
    fetch_model,
    register_model,
)
from recognizer.registry.promotion import promote_default_model
from tests.fixtures.releases import register_variant
from workers.recognition.model_cache import CHAMPION_CACHE_TTL_S, ModelCache

SHIPPED: Path = settings.DEFAULT_MODEL_DIR
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_the_same_weights_are_the_same_version() -> None:
    first, second = register_model(SHIPPED), register_model(SHIPPED)
    assert first == second
    assert first.sha256 == json.loads((SHIPPED / "card.json").read_text())["sha256"]
    assert sorted(default_storage.listdir(first.folder)[1]) == [
        "browser.bin",
        "card.json",
        "model.onnx",
        "weights.safetensors",
    ]


def test_replaces_a_partly_written_file(tmp_path: Path) -> None:
    version = register_model(SHIPPED)
    default_storage.delete(f"{version.folder}/model.onnx")
    default_storage.save(f"{version.folder}/model.onnx", ContentFile(b"half"))
    register_model(SHIPPED)
    fetched = fetch_model(version, tmp_path)
    assert (fetched / "model.onnx").read_bytes() == (SHIPPED / "model.onnx").read_bytes()


def test_refuses_a_folder_without_a_complete_model(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(CannotRegister):
        register_model(tmp_path)
    assert not ModelVersion.objects.exists()


def test_refuses_to_fetch_a_changed_file(tmp_path: Path) -> None:
    version = register_variant(tmp_path)
    default_storage.delete(f"{version.folder}/model.onnx")
    default_storage.save(f"{version.folder}/model.onnx", ContentFile(b"other"))
    with pytest.raises(CannotFetch):
        fetch_model(version, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_promotes_the_bundled_model_only_without_champion() -> None:
    promote_default_model(SHIPPED)
    promote_default_model(SHIPPED)
    assert Promotion.objects.count() == 1


def test_a_worker_caches_the_champion(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    engine = ModelCache()
    engine.load_champion()
    engine.get_champion()
    assert CHAMPION_CACHE_TTL_S <= 0.5
    with django_assert_num_queries(0):  # type: ignore[operator]
        engine.get_champion()
