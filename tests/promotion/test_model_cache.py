"""What a worker has loaded: the champion, what may come next, and no more than that."""

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
    engine = ModelCache()
    engine.start()
    return engine


def _promote(model: ModelVersion) -> Promotion:
    newest = load_latest_promotion()
    kind = PromotionKind.OVERRIDE
    return append_promotion(model=model, by=None, reason="", kind=kind, replaces=newest)


def test_it_serves_what_was_promoted_and_what_was_rolled_back_to(
    model_cache: ModelCache, champion: ModelVersion, challenger: ModelVersion, admin: User
) -> None:
    _promote(challenger)
    model_cache.refresh()
    assert model_cache.serves() == challenger.ref
    assert model_cache.ready() == sorted([champion.ref, challenger.ref])
    roll_back(by=admin)
    model_cache.refresh()
    assert model_cache.serves() == champion.ref


def test_a_champion_whose_file_is_missing_or_altered_is_said_and_the_old_one_serves(
    model_cache: ModelCache, champion: ModelVersion, challenger: ModelVersion, tmp_path: Path
) -> None:
    default_storage.delete(f"{challenger.folder}/model.onnx")
    _promote(challenger)
    model_cache.refresh()
    assert model_cache.champion().label == champion.ref
    assert model_cache.load_error is not None
    assert model_cache.load_error.label == challenger.ref
    assert "model.onnx" in model_cache.load_error.why
    roll_back(by=None)
    model_cache.refresh()
    assert model_cache.load_error is None


def test_an_altered_file_of_this_machine_is_refused_by_its_hash(
    model_cache: ModelCache, champion: ModelVersion, challenger: ModelVersion, tmp_path: Path
) -> None:
    from django.conf import settings

    folder = fetch_model(challenger, settings.STATE_DIR / "models")
    file = folder / "model.onnx"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"!")
    _promote(challenger)
    model_cache.refresh()
    file.write_bytes(whole)
    assert model_cache.serves() == champion.ref
    assert model_cache.load_error is not None
    assert "sha256" in model_cache.load_error.why


def test_it_keeps_no_more_than_it_needs(model_cache: ModelCache, tmp_path: Path) -> None:
    for number in range(4):
        _promote(register_variant(tmp_path, name=f"n{number}", temperature=1 + number / 10))
        model_cache.refresh()
    assert [label.partition("@")[0] for label in model_cache.ready()] == ["n2", "n3"]


def test_it_names_the_challengers_worth_having_ready(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, tmp_path: Path
) -> None:
    from recognizer.registry.preload import PreloadPlan, find_models_to_preload

    assert find_models_to_preload() == PreloadPlan([], False)
    make_evaluation("refused")
    assert find_models_to_preload() == PreloadPlan([], False)
    make_evaluation("passed")
    assert find_models_to_preload() == PreloadPlan([challenger], False)
    ModelVersion.objects.filter(pk=challenger.pk).update(is_shadow=True)
    assert find_models_to_preload() == PreloadPlan([challenger], True)
