"""Models: registered once, fetched whole, the newest promotion serves."""

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
        "card.json",
        "model.onnx",
        "weights.safetensors",
    ]


def test_a_file_that_was_left_half_written_is_replaced(tmp_path: Path) -> None:
    version = register_model(SHIPPED)
    default_storage.delete(f"{version.folder}/model.onnx")
    default_storage.save(f"{version.folder}/model.onnx", ContentFile(b"half"))
    register_model(SHIPPED)
    fetched = fetch_model(version, tmp_path)
    assert (fetched / "model.onnx").read_bytes() == (SHIPPED / "model.onnx").read_bytes()


def test_a_folder_without_a_whole_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(CannotRegister):
        register_model(tmp_path)
    assert not ModelVersion.objects.exists()


def test_a_file_that_is_not_what_it_was_is_not_fetched(tmp_path: Path) -> None:
    version = register_variant(tmp_path)
    default_storage.delete(f"{version.folder}/model.onnx")
    default_storage.save(f"{version.folder}/model.onnx", ContentFile(b"other"))
    with pytest.raises(CannotFetch):
        fetch_model(version, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_shipped_model_is_promoted_only_where_nothing_serves() -> None:
    promote_default_model(SHIPPED)
    promote_default_model(SHIPPED)
    assert Promotion.objects.count() == 1


def test_a_worker_asks_for_the_champion_a_few_times_a_second_at_most(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    engine = ModelCache()
    engine.load_champion()
    engine.get_champion()
    assert CHAMPION_CACHE_TTL_S <= 0.5
    with django_assert_num_queries(0):  # type: ignore[operator]
        engine.get_champion()
