"""Pages of models whose model card or evaluation report cannot be parsed."""

import json
import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import Evaluation, ModelVersion, User
from recognizer.registry.parsers.model_card_parser import parse_model_card
from tests.api.factories import make_model_version
from tests.fixtures.evaluation_reports import make_model_result, make_report, make_set_report
from tests.fixtures.users import SignIn
from tests.views.models.pages import count_unavailable, get_page, parse_page_state

pytestmark = pytest.mark.django_db

CARD = json.loads((settings.BUNDLED_MODELS_DIR / "inknet" / "card.json").read_text())
VALIDATION_METRICS = CARD["metrics"]["validation"]
EMPTY_SET_METRICS = {**VALIDATION_METRICS["letters"], "n": 0}
NUM_SECTIONS = 8


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


def _make_model(**sections: Any) -> ModelVersion:
    card = {**CARD, **sections}
    return ModelVersion.objects.create(name="odd", sha256="ab" * 32, card=card)


@pytest.mark.parametrize("card", [{}, {"version": 1}, {**CARD, "version": 2}])
def test_a_card_without_known_sections_is_not_available(
    card: dict[str, Any], browser: Client
) -> None:
    version = ModelVersion.objects.create(name="odd", sha256="ab" * 32, card=card)
    page = get_page(browser, f"/models/{version.ref}/")
    assert count_unavailable(page) == NUM_SECTIONS
    assert parse_page_state(page)["models"][0]["loss"] == []


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ("layers", 7),
        ("layers", [{"name": "hidden"}]),
        ("layers", [{**CARD["layers"][0], "output": []}]),
        ("training", {"epochs": "4"}),
        ("training", {**CARD["training"], "curves": {"epoch": [1], "loss": []}}),
        ("metrics", None),
        ("metrics", {"validation": {"mnist": {"n": 3}}}),
        ("metrics", {"validation": {"mnist": {**EMPTY_SET_METRICS, "confusion": [[1]]}}}),
        ("robustness", {"rotation": {"x": [0], "accuracy": []}}),
        ("misclassifications", [{}]),
        ("misclassifications", [{**CARD["misclassifications"][0], "prediction": "12"}]),
        ("misclassifications", [{**CARD["misclassifications"][0], "png": '">'}]),
        ("throughput", {**CARD["throughput"], "measured_at": "yesterday"}),
        ("parameters", True),
    ],
)
def test_a_malformed_section_is_logged_and_not_available(
    section: str, value: Any, browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    version = _make_model(**{section: value})
    with caplog.at_level(logging.WARNING):
        card = parse_model_card(version)
    assert getattr(card, section) is None
    assert section == "throughput" or card.throughput is not None
    assert len(caplog.records) == 1
    get_page(browser, f"/models/{version.ref}/")
    get_page(browser, f"/models/{version.ref}/compare/{version.ref}/")


@pytest.mark.parametrize("metrics", [{}, {"validation": {}}])
def test_a_card_without_metrics_has_no_accuracy(metrics: dict[str, Any], browser: Client) -> None:
    odd, other = _make_model(metrics=metrics), make_model_version(sha256="cd" * 32)
    assert count_unavailable(get_page(browser, f"/models/{odd.ref}/")) == 3
    get_page(browser, f"/models/{odd.ref}/compare/{other.ref}/")
    get_page(browser, f"/models/{other.ref}/compare/{odd.ref}/")


def test_empty_sets_are_left_out(browser: Client) -> None:
    empty = {"letters": EMPTY_SET_METRICS, "generated": EMPTY_SET_METRICS}
    odd = _make_model(metrics={"validation": {**VALIDATION_METRICS, **empty}})
    page = get_page(browser, f"/models/{odd.ref}/")
    assert f"{100 * VALIDATION_METRICS['mnist']['accuracy']:.2f} %" in page
    get_page(browser, f"/models/{odd.ref}/compare/{odd.ref}/")


def test_a_set_with_an_invalid_name_has_no_links(browser: Client) -> None:
    misclassified = {**CARD["misclassifications"][0], "set": "a/b"}
    odd = _make_model(
        metrics={"validation": {**VALIDATION_METRICS, "a/b": VALIDATION_METRICS["mnist"]}},
        misclassifications=[misclassified, *CARD["misclassifications"]],
    )
    page = get_page(browser, f"/models/{odd.ref}/")
    assert 'data-panel="validation-a/b"' in page
    assert "/misclassified/a" not in page
    assert f"/models/{odd.ref}/misclassified/" in page


@pytest.mark.parametrize(
    "report",
    [
        {},
        {**make_report(make_set_report()), "version": 2},
        make_report(sets=7),
        make_report(make_set_report(challenger=None)),
        make_report(make_set_report(challenger=make_model_result(confusion=7))),
        make_report(make_set_report(challenger=make_model_result(misclassifications=[{}]))),
        make_report(make_set_report(changed={"won": [{"label": 7}], "lost": []})),
    ],
)
def test_a_malformed_report_shows_no_drawing(
    report: dict[str, Any], browser: Client, reviewer: User, sign_in: SignIn
) -> None:
    odd = _make_model()
    evaluation = Evaluation.objects.create(
        challenger=odd, champion=odd, gate_result="passed", decided_by="So.", report=report
    )
    for reader in (browser, sign_in(reviewer)):
        assert count_unavailable(get_page(reader, f"/models/evaluations/{evaluation.pk}/")) == 1
    assert count_unavailable(get_page(browser, f"/models/{odd.ref}/")) == 0
    page = get_page(browser, f"/models/{odd.ref}/misclassified/people/7/1/")
    assert "ink-thumb" not in page
