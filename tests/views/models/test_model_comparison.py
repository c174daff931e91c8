"""The page that compares two models."""

import re

import pytest
from django.conf import settings

from recognizer.models import ModelVersion, User
from recognizer.registry.artifact_store import register_model
from tests.fixtures.users import SignIn
from tests.views.models.pages import count_unavailable, get_page, parse_page_state

pytestmark = pytest.mark.django_db
WEIGHTS_DIR = settings.BUNDLED_MODELS_DIR


def _parse_differences(page: str) -> dict[str, tuple[str, str]]:
    """Return (tone, points) of each digit."""
    pattern = r'<tr data-digit="([^"]+)">.*?<span class="difference (\w*)">([^<]+)</span>'
    return {digit: (tone, points) for digit, tone, points in re.findall(pattern, page)}


def test_only_significant_differences_are_marked(owner: User, sign_in: SignIn) -> None:
    first = register_model(WEIGHTS_DIR / "inknet")
    mnist = first.card["metrics"]["test"]["mnist"]
    matrix = [[990 if row == column < 10 else 0 for column in range(11)] for row in range(10)]
    for row in matrix:
        row[10] = 10
    other = [list(row) for row in matrix]
    other[1][1], other[1][7], matrix[7][7], matrix[7][1] = 940, 50, 930, 60
    other[3][3], other[3][5] = 987, 3
    one, two = (
        ModelVersion.objects.create(
            name=name,
            sha256=sha256 * 32,
            card={**first.card, "metrics": {"test": {"mnist": {**mnist, "confusion": confusion}}}},
        )
        for name, sha256, confusion in (("one", "1a", matrix), ("two", "2b", other))
    )
    browser = sign_in(owner)
    differences = _parse_differences(get_page(browser, f"/models/{one.ref}/compare/{two.ref}/"))
    marked = {digit: one for digit, one in differences.items() if one[0]}
    assert marked == {"7": ("ok", "+6.00"), "1": ("bad", "−5.00")}
    assert differences["3"] == ("", "−0.30")
    differences = _parse_differences(get_page(browser, f"/models/{two.ref}/compare/{one.ref}/"))
    assert {digit for digit, one in differences.items() if one[0] == "ok"} == {"1"}
    differences = _parse_differences(get_page(browser, f"/models/{two.ref}/compare/{two.ref}/"))
    assert set(differences.values()) == {("", "0.00")}


def test_the_charts_hold_the_curves_of_both_models(owner: User, sign_in: SignIn) -> None:
    versions = [register_model(WEIGHTS_DIR / name) for name in ("inknet", "fnn")]
    browser = sign_in(owner)
    path = f"/models/{versions[0].ref}/compare/"
    response = browser.get(path, {"with": versions[1].ref}, follow=True)
    assert response.redirect_chain[-1][0] == f"{path}{versions[1].ref}/"
    state = parse_page_state(response.content.decode())
    assert len({one["name"] for one in state["models"]}) == 2
    for one, version in zip(state["models"], versions, strict=True):
        assert [y for _, y in one["loss"]] == version.card["training"]["curves"]["loss"]
    assert "letters" not in state["sets"]
    assert browser.get(path, {"with": "fnn@000000000000"}).status_code == 404


def test_a_model_with_an_empty_card_can_be_compared(owner: User, sign_in: SignIn) -> None:
    empty = ModelVersion.objects.create(name="empty", sha256="ab" * 32, card={})
    other = register_model(WEIGHTS_DIR / "fnn")
    page = get_page(sign_in(owner), f"/models/{empty.ref}/compare/{other.ref}/")
    assert count_unavailable(page) == 2
