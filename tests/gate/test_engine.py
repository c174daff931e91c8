"""What a worker has loaded: the champion, what may come next, and no more than that."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from recognizer import registry
from recognizer.models import ModelVersion, Promotion, PromotionKind, User
from tests.fixtures.releases import register_other
from tests.gate.conftest import Judge
from workers.engine import Engine

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def engine(champion: ModelVersion) -> Engine:
    engine = Engine()
    engine.start()
    return engine


def _promote(model: ModelVersion) -> Promotion:
    newest = registry.newest_promotion()
    kind = PromotionKind.OVERRIDE
    return registry.append_promotion(model=model, by=None, reason="", kind=kind, replaces=newest)


def test_it_serves_what_was_promoted_and_what_was_rolled_back_to(
    engine: Engine, champion: ModelVersion, challenger: ModelVersion, admin: User
) -> None:
    _promote(challenger)
    engine.refresh()
    assert engine.serves() == challenger.ref
    assert engine.ready() == sorted([champion.ref, challenger.ref])
    registry.roll_back(by=admin)
    engine.refresh()
    assert engine.serves() == champion.ref


def test_a_champion_whose_file_is_missing_or_altered_is_said_and_the_old_one_serves(
    engine: Engine, champion: ModelVersion, challenger: ModelVersion, tmp_path: Path
) -> None:
    default_storage.delete(f"{challenger.folder}/model.onnx")
    _promote(challenger)
    engine.refresh()
    assert engine.champion().label == champion.ref
    assert engine.trouble is not None
    assert engine.trouble.label == challenger.ref
    assert "model.onnx" in engine.trouble.why
    registry.roll_back(by=None)
    engine.refresh()
    assert engine.trouble is None


def test_an_altered_file_of_this_machine_is_refused_by_its_hash(
    engine: Engine, champion: ModelVersion, challenger: ModelVersion, tmp_path: Path
) -> None:
    from django.conf import settings

    folder = registry.fetch_model(challenger, settings.HOME / "models")
    file = folder / "model.onnx"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"!")
    _promote(challenger)
    engine.refresh()
    file.write_bytes(whole)
    assert engine.serves() == champion.ref
    assert engine.trouble is not None
    assert "sha256" in engine.trouble.why


def test_it_keeps_no_more_than_it_needs(engine: Engine, tmp_path: Path) -> None:
    for number in range(4):
        _promote(register_other(tmp_path, name=f"n{number}", temperature=1 + number / 10))
        engine.refresh()
    assert [label.partition("@")[0] for label in engine.ready()] == ["n2", "n3"]


def test_it_names_the_challengers_worth_having_ready(
    challenger: ModelVersion, judged: Judge, tmp_path: Path
) -> None:
    from recognizer.registry.standing import find_spares

    assert find_spares() == ([], False)
    judged("refused")
    assert find_spares() == ([], False)
    judged("passed")
    assert find_spares() == ([challenger], False)
    ModelVersion.objects.filter(pk=challenger.pk).update(is_shadow=True)
    assert find_spares() == ([challenger], True)
