"""Registration of the models that are shipped with the site."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from recognizer.models import ModelVersion
from recognizer.registry.bundled_model_registration import register_bundled_models
from recognizer.registry.model_card_updates import complete_card, find_missing_parts
from tests.fixtures.releases import make_release, register_variant

pytestmark = pytest.mark.django_db
NAMES = {"inknet", "kaggle_cnn", "lenet5_v2", "sequential8", "mlp", "cnn_xavier", "fnn"}


def test_registers_every_release_once_and_promotes_none() -> None:
    for _ in range(2):
        versions = register_bundled_models(settings.BUNDLED_MODELS_DIR)
        assert {version.name for version in versions} == NAMES
    assert ModelVersion.objects.count() == len(NAMES)
    assert not any(version.promotions.exists() for version in versions)


def test_a_damaged_release_does_not_block_the_others(tmp_path: Path) -> None:
    make_release(tmp_path / "a broken one", name="broken")
    (tmp_path / "a broken one" / "model.onnx").write_bytes(b"half")
    make_release(tmp_path / "whole", name="whole")
    assert [version.name for version in register_bundled_models(tmp_path)] == ["whole"]


def test_adds_missing_sections_and_keeps_the_others(tmp_path: Path) -> None:
    version = register_variant(tmp_path)
    card = {**version.card}
    del card["robustness"], card["throughput"]
    ModelVersion.objects.filter(pk=version.pk).update(card=card)
    version.refresh_from_db()
    assert find_missing_parts(version) == ["robustness", "throughput"]
    added = {"robustness": {}, "throughput": {"images_per_s": 9}}
    complete_card(version, {**added, "layers": [], "temperature": 5})
    version.refresh_from_db()
    assert json.loads(json.dumps(version.card)) == {**card, **added}


def test_takes_new_measurements_but_no_other_threshold(tmp_path: Path) -> None:
    path = make_release(tmp_path / "one", name="one") / "card.json"
    [version] = register_bundled_models(tmp_path)
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "throughput": {"images_per_s": 9}, "temperature": 5.0}))
    [again] = register_bundled_models(tmp_path)
    assert again.pk == version.pk
    assert again.card == {**version.card, "throughput": {"images_per_s": 9}}
