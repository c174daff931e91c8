"""The networks that come with the site are all known to it."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from recognizer.models import ModelVersion
from recognizer.registry.bundled_models import register_bundled_models
from recognizer.registry.card_updates import complete_card, find_missing_parts
from tests.fixtures.releases import make_release, register_variant

pytestmark = pytest.mark.django_db
NAMES = {"inknet", "kaggle_cnn", "lenet5_v2", "sequential8", "mlp", "cnn_xavier", "fnn"}


def test_every_release_is_registered_once_and_none_of_them_serves_by_that() -> None:
    for _ in range(2):
        versions = register_bundled_models(settings.BUNDLED_MODELS_DIR)
        assert {version.name for version in versions} == NAMES
    assert ModelVersion.objects.count() == len(NAMES)
    assert not any(version.promotions.exists() for version in versions)


def test_one_that_is_not_whole_keeps_no_other_from_being_known(tmp_path: Path) -> None:
    make_release(tmp_path / "a broken one", name="broken")
    (tmp_path / "a broken one" / "model.onnx").write_bytes(b"half")
    make_release(tmp_path / "whole", name="whole")
    assert [version.name for version in register_bundled_models(tmp_path)] == ["whole"]


def test_what_a_card_lacks_is_added_and_what_it_says_stays(tmp_path: Path) -> None:
    version = register_variant(tmp_path)
    card = {**version.card}
    del card["robustness"], card["speed"]
    ModelVersion.objects.filter(pk=version.pk).update(card=card)
    version.refresh_from_db()
    assert find_missing_parts(version) == ["robustness", "speed"]
    complete_card(
        version, {"robustness": {}, "speed": {"images_per_s": 9}, "layers": [], "temperature": 5}
    )
    version.refresh_from_db()
    added = {"robustness": {}, "speed": {"images_per_s": 9}}
    assert json.loads(json.dumps(version.card)) == {**card, **added}


def test_a_network_measured_more_closely_by_now_tells_it_and_answers_as_before(
    tmp_path: Path,
) -> None:
    path = make_release(tmp_path / "one", name="one") / "card.json"
    [version] = register_bundled_models(tmp_path)
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "speed": {"images_per_s": 9}, "temperature": 5.0}))
    [again] = register_bundled_models(tmp_path)
    assert again.pk == version.pk
    assert again.card == {**version.card, "speed": {"images_per_s": 9}}
