"""The page of one model: shipped, retrained, or with a hostile model card."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import ModelVersion, TrainingRun, User
from recognizer.registry.artifact_store import register_model
from recognizer.views.label_and_number_formatting import format_percent
from tests.fixtures.users import SignIn
from tests.views.models.pages import count_unavailable, get_page, parse_page_state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BUNDLED_RELEASES = sorted(path.parent for path in settings.BUNDLED_MODELS_DIR.glob("*/card.json"))


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


@pytest.mark.parametrize("folder", BUNDLED_RELEASES, ids=lambda folder: folder.name)
def test_shows_all_metrics_of_a_shipped_card(folder: Path, browser: Client) -> None:
    version = register_model(folder)
    card, page = version.card, get_page(browser, f"/models/{version.ref}/")
    assert count_unavailable(page) == 0
    for part, sets in card["metrics"].items():
        for name, metrics in sets.items():
            if "accuracy" in metrics:
                assert format_percent(metrics["accuracy"]).replace("\xa0", " ") in page, (
                    part,
                    name,
                )
    assert f'data-parameters="{card["parameters"]}"' in page
    for layer in card["layers"]:
        assert f'class="mono">{layer["name"]}</th>' in page
    matrix = card["metrics"]["validation"]["mnist"]["confusion"]
    worst = max(range(10), key=lambda digit: 1 - matrix[digit][digit] / sum(matrix[digit]))
    assert f'data-worst="{worst}"' in page
    assert f"{100 * card['metrics']['test']['calibration']['ece']:.2f} points" in page
    assert f'data-value="drawings-per-s">{card["throughput"]["drawings_per_s"]:,}' in page
    most_confident = card["misclassifications"][0]
    assert f'src="data:image/png;base64,{most_confident["png"]}"' in page


@pytest.mark.parametrize("folder", BUNDLED_RELEASES, ids=lambda folder: folder.name)
def test_charts_hold_the_curves_of_the_card(folder: Path, browser: Client) -> None:
    version = register_model(folder)
    card, page = version.card, get_page(browser, f"/models/{version.ref}/")
    charts = parse_page_state(page)["models"][0]
    curves = card["training"]["curves"]
    assert [y for _, y in charts["loss"]] == curves["loss"]
    assert [y for _, y in charts["accuracy"]["pen"]] == curves["pen"]
    assert len(charts["calibration"]) == 15
    for name, curve in card["robustness"].items():
        assert [y for _, y in charts["robustness"][name]] == curve["accuracy"]


def test_shows_the_training_data_of_a_retrained_model(
    browser: Client, admin: User, sign_in: SignIn
) -> None:
    base = register_model(settings.DEFAULT_MODEL_DIR)
    data = {
        "rehearsal": "mnist",
        "drawings": 1234,
        "users": 1,
        "holdout_drawings": 60,
        "holdout_users": 4,
    }
    sets = base.card["metrics"]["validation"]
    metrics = {"validation": {**sets, "people": sets["pen"]}}
    card = {**base.card, "data": data, "metrics": metrics}
    version = ModelVersion.objects.create(name="inknet", sha256="ab" * 32, card=card)
    run = TrainingRun.objects.create(
        architecture="inknet", base=base, epochs=4, trigger="page", model=version
    )
    page = get_page(browser, f"/models/{version.ref}/")
    assert "<dd>1,294 training drawings of 5 users</dd>" in page
    assert "<dd>60 of them, of 4 users</dd>" in page
    assert 'data-panel="validation-people"' in page
    assert str(run.pk) not in page
    assert str(run.pk) in get_page(sign_in(admin), f"/models/{version.ref}/")


def test_escapes_all_text_of_the_card(browser: Client) -> None:
    harm = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    card = json.loads((BUNDLED_RELEASES[0] / "card.json").read_text())
    card["note"] = card["training"]["machine"] = card["throughput"]["machine"] = harm
    card["layers"][0]["kind"] = card["layers"][0]["name"] = harm
    for sets in card["metrics"].values():
        sets[harm] = sets["mnist"]
    card["training"]["curves"][harm] = card["training"]["curves"]["mnist"]
    version = ModelVersion.objects.create(name="odd", sha256="ab" * 32, card=card)
    page = get_page(browser, f"/models/{version.ref}/")
    assert "alert(1)" in page
    for raw in ("<script>alert", "<img src=x", harm):
        assert raw not in page
