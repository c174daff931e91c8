"""Two networks beside each other: their curves in one chart, what differs by more than luck."""

import pytest
from django.conf import settings

from recognizer.models import ModelVersion, User
from recognizer.registry.artifact_store import register_model
from tests.fixtures.users import SignIn
from tests.views.models.test_model_page import NOT_MEASURED_TEXT, get_page, parse_page_state

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WEIGHTS = settings.BUNDLED_MODELS_DIR


def test_differences_beyond_luck_are_named_and_others_are_not(owner: User, sign_in: SignIn) -> None:
    first = register_model(WEIGHTS / "inknet")
    card = {
        **first.card,
        "figures": {"test": {"mnist": {**first.card["figures"]["test"]["mnist"]}}},
    }
    matrix = [[990 if row == column < 10 else 0 for column in range(11)] for row in range(10)]
    for row in matrix:
        row[10] = 10
    worse = [list(row) for row in matrix]
    worse[1][1], worse[1][7], matrix[7][7], matrix[7][1] = 940, 50, 930, 60
    worse[3][3], worse[3][5] = 987, 3
    figures = card["figures"]["test"]["mnist"]
    figures["confusion"] = matrix
    other = {**card, "figures": {"test": {"mnist": {**figures, "confusion": worse}}}}
    one = ModelVersion.objects.create(name="one", sha256="1a" * 32, card=card)
    two = ModelVersion.objects.create(name="two", sha256="2b" * 32, card=other)
    browser = sign_in(owner)
    page = get_page(browser, f"/models/{one.ref}/compare/{two.ref}/")
    assert "two reads 7s better, 1s worse." in page
    assert '<span class="difference ok">+6.00</span>' in page
    assert '<span class="difference ">−0.30</span>' in page
    page = get_page(browser, f"/models/{two.ref}/compare/{one.ref}/")
    assert "one reads 1s better, 7s worse." in page
    page = get_page(browser, f"/models/{two.ref}/compare/{two.ref}/")
    assert "No digit differs by more than luck could explain." in page


def test_the_curves_of_both_are_in_one_chart(owner: User, sign_in: SignIn) -> None:
    both = [register_model(WEIGHTS / name) for name in ("inknet", "fnn")]
    browser = sign_in(owner)
    path = f"/models/{both[0].ref}/compare/"
    answer = browser.get(path, {"with": both[1].ref}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{path}{both[1].ref}/"
    state = parse_page_state(" ".join(answer.content.decode().split()))
    assert [one["name"] for one in state["models"]] == [one.ref for one in both]
    for one, version in zip(state["models"], both, strict=True):
        assert [y for _, y in one["loss"]] == version.card["training"]["curves"]["loss"]
    assert "letters" not in state["sets"]
    assert browser.get(path, {"with": "fnn@000000000000"}).status_code == 404


def test_one_whose_card_is_empty_stands_beside_any(owner: User, sign_in: SignIn) -> None:
    empty = ModelVersion.objects.create(name="empty", sha256="ab" * 32, card={})
    other = register_model(WEIGHTS / "fnn")
    page = get_page(sign_in(owner), f"/models/{empty.ref}/compare/{other.ref}/")
    assert "They were never measured on the same drawings." in page
    assert NOT_MEASURED_TEXT not in page
