"""Selection of the shown models, and the panel of the drawing page."""

import re
from collections.abc import Iterable

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import ModelVersion, User
from recognizer.registry.promotion import append_promotion, load_latest_promotion
from recognizer.side_by_side.shown_models import (
    list_shown_models,
    list_side_by_side_refs,
    set_shown_models,
)
from tests.fixtures.users import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HINT = "data-no-models"


def test_an_admin_selects_the_shown_models(
    admin: User,
    owner: User,
    side_by_side_models: list[ModelVersion],
    champion: ModelVersion,
    sign_in: SignIn,
) -> None:
    browser = sign_in(admin)
    page = browser.get("/models/").content.decode()
    assert re.findall(r'name="model" value="([^"]+)" checked', page) == _labels(
        reversed(side_by_side_models)
    )
    assert f'name="model" value="{champion.ref}"' not in page
    kept = side_by_side_models[1]
    browser.post("/models/side-by-side/", {"model": [kept.ref]})
    assert list_shown_models() == [kept]
    page = sign_in(owner).get("/").content.decode()
    assert f'data-models="{champion.ref} {kept.ref}"' in page


def test_an_unknown_model_changes_nothing(
    admin: User, side_by_side_models: list[ModelVersion], sign_in: SignIn
) -> None:
    fields = {"model": [side_by_side_models[0].ref, "unknown@0123456789ab"]}
    page = sign_in(admin).post("/models/side-by-side/", fields, follow=True).content.decode()
    assert "unknown@0123456789ab" in page
    assert list_shown_models() == side_by_side_models


def test_a_promoted_model_is_listed_once_as_champion(
    side_by_side_models: list[ModelVersion], champion: ModelVersion
) -> None:
    promoted, *others = side_by_side_models
    replaces = load_latest_promotion()
    append_promotion(model=promoted, by=None, reason="", kind="override", replaces=replaces)  # type: ignore[arg-type]
    assert list_side_by_side_refs() == _labels([promoted, *others])


@pytest.mark.parametrize(
    ("person", "reads"), [("owner", False), ("reviewer", False), ("admin", True)]
)
def test_no_panel_without_shown_models(
    person: str,
    reads: bool,
    champion: ModelVersion,
    sign_in: SignIn,
    request: pytest.FixtureRequest,
) -> None:
    page = sign_in(request.getfixturevalue(person)).get("/").content.decode()
    assert "data-side-by-side" not in page
    assert (HINT in page) == reads


def test_listing_refs_does_not_load_model_cards(
    side_by_side_models: list[ModelVersion], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3) as queries:
        list_side_by_side_refs()
    assert not [query for query in queries if '"card"' in query["sql"]]


def test_all_models_can_be_hidden(side_by_side_models: list[ModelVersion]) -> None:
    assert set_shown_models([]) == 0
    assert list_shown_models() == []


def _labels(versions: Iterable[ModelVersion]) -> list[str]:
    return [version.ref for version in versions]
