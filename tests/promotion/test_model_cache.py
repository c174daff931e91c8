"""Models that a worker has loaded: the champion and the likely next ones, but no others."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from recognizer.models import ModelVersion, Promotion, PromotionKind, User
from recognizer.registry.artifact_store import fetch_model
from recognizer.registry.promotion import append_promotion, load_latest_promotion, roll_back
from tests.fixtures.releases import register_variant
from tests.promotion.conftest import EvaluationFactory
from workers.recognition.model_cache import ModelCache

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def model_cache(champion: ModelVersion) -> ModelCache:
    cache = ModelCache()
    cache.load_champion()
    return cache


def _promote(model: ModelVersion) -> Promotion:
    newest = load_latest_promotion()
    kind = PromotionKind.OVERRIDE
    return append_promotion(model=model, by=None, reason="", kind=kind, replaces=newest)


def test_serves_the_champion_after_promotion_and_rollback(
    model_cache: ModelCache, champion: ModelVersion, challenger: ModelVersion, admin: User
) -> None:
    _promote(challenger)
    model_cache.refresh()
    assert model_cache.champion_ref() == challenger.ref
    assert model_cache.loaded_refs() == sorted([champion.ref, challenger.ref])
    roll_back(by=admin)
    model_cache.refresh()
    assert model_cache.champion_ref() == champion.ref


def test_keeps_the_previous_model_if_a_file_is_missing(
    model_cache: ModelCache, champion: ModelVersion, challenger: ModelVersion, tmp_path: Path
) -> None:
    default_storage.delete(f"{challenger.folder}/model.onnx")
    _promote(challenger)
    model_cache.refresh()
    assert model_cache.get_champion().ref == champion.ref
    assert model_cache.load_error is not None
    assert model_cache.load_error.ref == challenger.ref
    assert "model.onnx" in model_cache.load_error.reason
    roll_back(by=None)
    model_cache.refresh()
    assert model_cache.load_error is None


def test_refuses_a_local_file_with_another_hash(
    model_cache: ModelCache, champion: ModelVersion, challenger: ModelVersion, tmp_path: Path
) -> None:
    from django.conf import settings

    folder = fetch_model(challenger, settings.STATE_DIR / "models")
    file = folder / "model.onnx"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"!")
    _promote(challenger)
    model_cache.refresh()
    file.write_bytes(content)
    assert model_cache.champion_ref() == champion.ref
    assert model_cache.load_error is not None
    assert "sha256" in model_cache.load_error.reason


def test_unloads_models_that_are_not_needed(model_cache: ModelCache, tmp_path: Path) -> None:
    for number in range(4):
        _promote(register_variant(tmp_path, name=f"n{number}", temperature=1 + number / 10))
        model_cache.refresh()
    assert [label.partition("@")[0] for label in model_cache.loaded_refs()] == ["n2", "n3"]


def test_preloads_passed_challengers_and_shadow_models(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, tmp_path: Path
) -> None:
    from recognizer.registry.models_to_preload import PreloadPlan, find_models_to_preload

    assert find_models_to_preload() == PreloadPlan([], False)
    make_evaluation("refused")
    assert find_models_to_preload() == PreloadPlan([], False)
    make_evaluation("passed")
    assert find_models_to_preload() == PreloadPlan([challenger], False)
    ModelVersion.objects.filter(pk=challenger.pk).update(is_shadow=True)
    assert find_models_to_preload() == PreloadPlan([challenger], True)
