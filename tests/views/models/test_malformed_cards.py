"""Pages of networks whose card, or whose comparison, is of another form than is made today."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import Evaluation, ModelVersion, User
from tests.api.factories import make_model_version
from tests.fixtures.users import SignIn
from tests.views.models.test_model_page import NOT_MEASURED_TEXT, get_page

pytestmark = pytest.mark.django_db

CARD = json.loads((settings.BUNDLED_MODELS_DIR / "inknet" / "card.json").read_text())
VALIDATION_METRICS = CARD["figures"]["validation"]
EMPTY_SET_METRICS = {**VALIDATION_METRICS["letters"], "n": 0}


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


def _make(**parts: Any) -> ModelVersion:
    card = {**CARD, **parts}
    return ModelVersion.objects.create(name="odd", sha256="ab" * 32, card=card)


@pytest.mark.parametrize("figures", [{}, {"validation": {}}])
def test_a_card_without_figures_is_told_as_not_measured(
    figures: dict[str, Any], browser: Client
) -> None:
    odd, other = _make(figures=figures), make_model_version(sha256="cd" * 32)
    assert get_page(browser, f"/models/{odd.ref}/").count(NOT_MEASURED_TEXT) == 3
    get_page(browser, f"/models/{odd.ref}/compare/{other.ref}/")
    get_page(browser, f"/models/{other.ref}/compare/{odd.ref}/")


def test_sets_that_nothing_was_in_leave_the_others_told(browser: Client) -> None:
    odd = _make(
        figures={
            "validation": {
                **VALIDATION_METRICS,
                "letters": EMPTY_SET_METRICS,
                "generated": EMPTY_SET_METRICS,
            }
        }
    )
    page = get_page(browser, f"/models/{odd.ref}/")
    assert f"{100 * VALIDATION_METRICS['mnist']['accuracy']:.2f} %" in page
    assert get_page(browser, f"/models/{odd.ref}/compare/{odd.ref}/")


def test_a_set_whose_name_is_no_address_has_numbers_and_no_links(browser: Client) -> None:
    mistake = {**CARD["mistakes"][0], "set": "a/b"}
    odd = _make(
        figures={"validation": {**VALIDATION_METRICS, "a/b": VALIDATION_METRICS["mnist"]}},
        mistakes=[mistake, *CARD["mistakes"]],
    )
    page = get_page(browser, f"/models/{odd.ref}/")
    assert "A/b" in page
    assert "/misclassified/a" not in page
    assert f"/models/{odd.ref}/misclassified/" in page


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"confusion": 7, "mistakes": [{}]},
        {"confusion": [[1] * 11] * 11, "mistakes": [{"key": 7, "label": 7, "answer": 1}]},
        {"confusion": [[1] * 11] * 11, "mistakes": [{"label": 7, "answer": 1}]},
    ],
)
def test_an_odd_comparison_shows_no_drawing_of_people_and_the_card_all_the_same(
    found: dict[str, Any], browser: Client
) -> None:
    odd = _make()
    people = {"name": "people", "title": "People", "is_of_people": True, "n": 9}
    report = {"sets": [{**people, "challenger": {"odd": 1, **found}}]}
    Evaluation.objects.create(
        challenger=odd, champion=odd, gate_result="passed", decided_by="So.", report=report
    )
    assert 'id="scores"' in get_page(browser, f"/models/{odd.ref}/")
    page = get_page(browser, f"/models/{odd.ref}/misclassified/people/7/1/")
    assert "ink-thumb" not in page
