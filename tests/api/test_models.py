"""GET models/ and models/{id}/."""

from urllib.parse import quote

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import Promotion, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import MODEL_CARD, make_model_version, make_recognized_drawing
from tests.fixtures.users import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_lists_all_versions_and_marks_the_champion(
    owner_api: ApiClient, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old, new = make_model_version(sha256="ab" * 32), make_model_version(sha256="cd" * 32)
    for model in (old, new, old):
        Promotion.objects.create(model=model, by=admin, reason="It is better.")
    with django_assert_num_queries(4):  # session, user, champion, versions
        listed = owner_api.get("models/").json()
    assert [(model["id"], model["champion"]) for model in listed] == [
        (new.ref, False),
        (old.ref, True),
    ]
    assert listed[0]["card"] == MODEL_CARD
    assert listed[0]["metrics"] == MODEL_CARD["metrics"]


def test_model_of_a_prediction_can_be_retrieved(owner_api: ApiClient, owner: User) -> None:
    drawing = make_recognized_drawing(owner)
    name = owner_api.get(f"drawings/{drawing.pk}/").json()["prediction"]["model"]
    assert owner_api.get(f"models/{name}/").json()["sha256"] == "ab" * 32


def test_version_has_its_promotions(owner_api: ApiClient, admin: User, sign_in: SignIn) -> None:
    model = make_model_version()
    Promotion.objects.create(model=model, by=None, reason="It came with the site.")
    Promotion.objects.create(model=model, by=admin, reason="It is better.")
    promotions = owner_api.get(f"models/{model.ref}/").json()["promotions"]
    assert [(one["by"], one["reason"]) for one in promotions] == [
        (None, "It is better."),
        (None, "It came with the site."),
    ]
    to_an_admin = ApiClient(sign_in(admin)).get(f"models/{model.ref}/").json()["promotions"]
    assert [one["by"] for one in to_an_admin] == ["admin", None]


@pytest.mark.parametrize(
    "name",
    ["1", "inknet", "inknet@", "inknet@ffffffffffff", "other@abababababab", "é@", "a@b" * 99],
)
def test_missing_model_is_not_found(owner_api: ApiClient, name: str) -> None:
    make_model_version()
    assert problem_code(owner_api.get(f"models/{quote(name)}/")) == (404, "not_found")


def test_anonymous_users_must_authenticate(anonymous_api: ApiClient) -> None:
    label = make_model_version().ref
    for path in ("models/", f"models/{label}/"):
        assert problem_code(anonymous_api.get(path)) == (401, "not_authenticated")
