"""The table of all models: sorting, the live badge and the choice of two models to compare."""

import re
from typing import Any

import pytest
from django.test import Client

from recognizer.models import ModelVersion, User
from tests.api.factories import make_model_version
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def models() -> dict[str, ModelVersion]:
    """Three models: `small` is the most accurate, `bare` has no numbers."""
    cards: dict[str, dict[str, Any]] = {
        "small": _card(accuracy=0.99, parameters=1_000, speed=50),
        "large": _card(accuracy=0.95, parameters=90_000, speed=800),
        "bare": {"version": 1},
    }
    versions = {}
    for number, (name, card) in enumerate(cards.items()):
        versions[name] = make_model_version(name, f"{number:064x}")
        ModelVersion.objects.filter(pk=versions[name].pk).update(card=card)
    return versions


@pytest.fixture
def browser(owner: User, sign_in: SignIn, models: dict[str, ModelVersion]) -> Client:
    return sign_in(owner)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["small", "large", "bare"]),
        ("pen", ["large", "small", "bare"]),
        ("size", ["small", "large", "bare"]),
        ("-size", ["large", "small", "bare"]),
        ("-speed", ["large", "small", "bare"]),
        ("name", ["bare", "large", "small"]),
        ("-name", ["small", "large", "bare"]),
        ("colour", ["small", "large", "bare"]),
        ("--pen", ["small", "large", "bare"]),
    ],
)
def test_sorts_models_without_numbers_last(browser: Client, sort: str, names: list[str]) -> None:
    page = browser.get("/models/", {"sort": sort}).content.decode()
    assert re.findall(r'<tr role="row" data-model="(\w+)@', page) == names


def test_names_the_sorted_column(browser: Client) -> None:
    page = browser.get("/models/", {"sort": "size"}).content.decode()
    assert re.findall(r'aria-sort="(\w+)ending" data-column="(\w+)"', page) == [("asc", "size")]
    assert "sort=-size" in page


def test_two_ticked_models_are_compared(browser: Client, models: dict[str, ModelVersion]) -> None:
    refs = [models["large"].ref, models["small"].ref]
    response = browser.get("/models/", {"compare": refs, "open": "1"})
    assert response.status_code == 302
    assert response["Location"] == f"/models/{refs[0]}/compare/{refs[1]}/"


@pytest.mark.parametrize(
    "names", [[], ["small"], ["small", "large", "bare"], ["small", "small"], ["small", "unknown"]]
)
def test_another_number_of_ticks_gets_an_error(
    browser: Client, models: dict[str, ModelVersion], names: list[str]
) -> None:
    refs = [models[name].ref if name in models else f"{name}@0" for name in names]
    page = browser.get("/models/", {"compare": refs, "open": "1"}).content.decode()
    assert "data-choice-refused" in page
    ticked = re.findall(r'name="compare" value="(\w+)@[^"]*" checked', page)
    assert sorted(ticked) == sorted(set(names) & set(models))


def test_sort_links_keep_the_ticks(browser: Client, models: dict[str, ModelVersion]) -> None:
    page = browser.get("/models/", {"compare": models["small"].ref}).content.decode()
    assert "choice-refused" not in page
    assert "sort=name&amp;compare=small%40" in page


def _card(*, accuracy: float, parameters: int, speed: int) -> dict[str, Any]:
    one = {"n": 1_000, "accuracy": accuracy, "interval": [accuracy - 0.01, accuracy + 0.005]}
    return {
        "version": 1,
        "parameters": parameters,
        "metrics": {"test": {"pen": one, "letters": one}},
        "throughput": {
            "images_per_s": speed * 2,
            "drawings_per_s": speed,
            "batch_size": 1,
            "backend": "torch",
            "machine": "test",
        },
    }
