"""The page of a network, made of its card: every released one, a retrained one, one whose card says
little, one whose card means harm."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import ModelVersion, TrainingRun, User
from recognizer.registry.artifact_store import register_model
from tests.api.factories import MODEL_CARD
from tests.fixtures.users import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BUNDLED_RELEASES = sorted(path.parent for path in settings.BUNDLED_MODELS_DIR.glob("*/card.json"))
PAGE_SECTIONS = (
    "about",
    "built",
    "made",
    "scores",
    "confusions",
    "mistakes",
    "calibration",
    "bears",
)
NOT_MEASURED_TEXT = "This was not measured for this network."


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


def _read(browser: Client, version: ModelVersion) -> str:
    return get_page(browser, f"/models/{version.ref}/")


def get_page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split()).replace("\N{NO-BREAK SPACE}", " ")


def parse_page_state(page: str) -> Any:
    found = re.search(r'<script id="state" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize("folder", BUNDLED_RELEASES, ids=lambda folder: folder.name)
def test_the_page_of_a_released_network_tells_its_cards_figures(
    folder: Path, browser: Client
) -> None:
    version = register_model(folder)
    card, page = version.card, _read(browser, version)
    assert NOT_MEASURED_TEXT not in page
    for part in PAGE_SECTIONS:
        assert f'<h2 id="{part}">' in page
    for part, sets in card["figures"].items():
        for name, figures in sets.items():
            if "accuracy" in figures:
                assert f"{100 * figures['accuracy']:.2f} %" in page, (part, name)
    assert f"{card['parameters']:,} weights learnt" in page
    for layer in card["layers"]:
        assert f'class="mono">{layer["name"]}</th>' in page
    matrix = card["figures"]["validation"]["mnist"]["confusion"]
    worst = max(range(10), key=lambda digit: 1 - matrix[digit][digit] / sum(matrix[digit]))
    assert f"Hardest is the {worst}:" in page
    assert f"{100 * card['figures']['test']['calibration']['ece']:.2f} points" in page
    assert f"{card['speed']['drawings_per_s']:,}" in page
    charts = parse_page_state(page)["models"][0]
    assert [y for _, y in charts["loss"]] == card["training"]["curves"]["loss"]
    assert [y for _, y in charts["accuracy"]["pen"]] == card["training"]["curves"]["pen"]
    assert len(charts["calibration"]) == 15
    for name, curve in card["robustness"].items():
        assert [y for _, y in charts["robustness"][name]] == curve["accuracy"]
    surest = card["mistakes"][0]
    assert f'src="data:image/png;base64,{surest["png"]}"' in page


def test_the_page_of_a_retrained_network_tells_whom_it_learnt_from(
    browser: Client, admin: User, sign_in: SignIn
) -> None:
    base = register_model(settings.DEFAULT_MODEL_DIR)
    data = {
        "rehearsal": "mnist",
        "drawings": 1234,
        "people": 1,
        "drawings_kept_aside": 60,
        "people_kept_aside": 4,
    }
    sets = base.card["figures"]["validation"]
    card = {**base.card, "data": data, "figures": {"validation": {**sets, "people": sets["pen"]}}}
    version = ModelVersion.objects.create(name="inknet", sha256="ab" * 32, card=card)
    run = TrainingRun.objects.create(
        architecture="inknet", base=base, epochs=4, trigger="page", model=version
    )
    page = _read(browser, version)
    for told in (
        f"Trained here, going on from {base}.",
        "1,234 drawings of one person",
        "60 drawings of 4 people",
        "People of this site",
    ):
        assert told in page
    assert str(run.pk) not in page
    assert str(run.pk) in _read(sign_in(admin), version)


def test_what_a_card_lacks_is_told_as_not_measured(browser: Client) -> None:
    for number, card in enumerate(
        ({}, MODEL_CARD, {"figures": None, "layers": 7, "mistakes": [{}]})
    ):
        version = ModelVersion.objects.create(name="odd", sha256=f"{number}f" * 32, card=card)
        page = _read(browser, version)
        assert page.count("not-measured") >= 7
        assert parse_page_state(page)["models"][0]["loss"] == []


def test_a_card_that_means_harm_is_words_and_no_more(browser: Client) -> None:
    harm = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    card = json.loads((BUNDLED_RELEASES[0] / "card.json").read_text())
    card["note"] = card["training"]["machine"] = card["speed"]["machine"] = harm
    card["layers"][0]["kind"] = card["layers"][0]["name"] = harm
    card["mistakes"][0]["png"] = f'"{harm}'
    for figures in card["figures"].values():
        figures[harm] = figures["mnist"]
    card["training"]["curves"][harm] = card["training"]["curves"]["mnist"]
    page = _read(browser, ModelVersion.objects.create(name="odd", sha256="ab" * 32, card=card))
    assert "alert(1)" in page
    for raw in ("<script>alert", "<img src=x", harm):
        assert raw not in page
    assert "None were kept for this network." in page
