"""GET models/ and models/{id}/."""

from urllib.parse import quote

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import Promotion, User
from tests.api.calling import Api, code_of
from tests.api.drawn import CARD, answered, model_version
from tests.fixtures.cast import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_it_lists_all_versions_and_says_which_one_serves(
    mine: Api, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old, new = model_version(sha256="ab" * 32), model_version(sha256="cd" * 32)
    for model in (old, new, old):
        Promotion.objects.create(model=model, by=admin, reason="It is better.")
    with django_assert_num_queries(4):  # session, user, champion, versions
        listed = mine.get("models/").json()
    assert [(model["id"], model["champion"]) for model in listed] == [
        (new.ref, False),
        (old.ref, True),
    ]
    assert listed[0]["card"] == CARD
    assert listed[0]["metrics"] == CARD["figures"]


def test_an_answer_names_the_model_that_can_be_looked_up(mine: Api, owner: User) -> None:
    drawing = answered(owner)
    name = mine.get(f"drawings/{drawing.pk}/").json()["prediction"]["model"]
    assert mine.get(f"models/{name}/").json()["sha256"] == "ab" * 32


def test_one_version_has_the_history_of_its_promotions(
    mine: Api, admin: User, sign_in: SignIn
) -> None:
    model = model_version()
    Promotion.objects.create(model=model, by=None, reason="It came with the site.")
    Promotion.objects.create(model=model, by=admin, reason="It is better.")
    promotions = mine.get(f"models/{model.ref}/").json()["promotions"]
    assert [(one["by"], one["reason"]) for one in promotions] == [
        (None, "It is better."),
        (None, "It came with the site."),
    ]
    to_an_admin = Api(sign_in(admin)).get(f"models/{model.ref}/").json()["promotions"]
    assert [one["by"] for one in to_an_admin] == ["admin", None]


@pytest.mark.parametrize(
    "name",
    ["1", "inknet", "inknet@", "inknet@ffffffffffff", "other@abababababab", "é@", "a@b" * 99],
)
def test_a_model_that_is_not_there_is_not_there(mine: Api, name: str) -> None:
    model_version()
    assert code_of(mine.get(f"models/{quote(name)}/")) == (404, "not_found")


def test_nobody_is_asked_to_sign_in(nobody: Api) -> None:
    label = model_version().ref
    for path in ("models/", f"models/{label}/"):
        assert code_of(nobody.get(path)) == (401, "not_authenticated")
