"""The switch of admins, and who finds the panel on the drawing page."""

import re
from collections.abc import Iterable

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.beside import choose_shown, list_shown, name_side_by_side
from recognizer.models import ModelVersion, User
from recognizer.registry import append_promotion, newest_promotion
from tests.fixtures.cast import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HINT = "Other models can read the same drawing"


def test_an_admin_chooses_which_models_stand_beside_the_one_that_answers(
    admin: User, owner: User, shown: list[ModelVersion], champion: ModelVersion, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    page = browser.get("/models/").content.decode()
    assert re.findall(r'name="model" value="([^"]+)" checked', page) == _labels(reversed(shown))
    assert f'value="{champion.ref}"' not in page
    kept = shown[1]
    browser.post("/models/side-by-side/", {"model": [kept.ref]})
    assert list_shown() == [kept]
    page = sign_in(owner).get("/").content.decode()
    assert f'data-models="{champion.ref} {kept.ref}"' in page


def test_a_model_that_is_not_there_changes_nothing(
    admin: User, shown: list[ModelVersion], sign_in: SignIn
) -> None:
    asked = {"model": [shown[0].ref, "nobody@0123456789ab"]}
    page = sign_in(admin).post("/models/side-by-side/", asked, follow=True).content.decode()
    assert "There is no model nobody@0123456789ab." in page
    assert list_shown() == shown


def test_a_shown_model_that_is_promoted_stands_first_and_only_there(
    shown: list[ModelVersion], champion: ModelVersion
) -> None:
    promoted, *others = shown
    replaces = newest_promotion()
    append_promotion(model=promoted, by=None, reason="", kind="override", replaces=replaces)  # type: ignore[arg-type]
    assert name_side_by_side() == _labels([promoted, *others])


@pytest.mark.parametrize(
    ("person", "reads"), [("owner", False), ("reviewer", False), ("admin", True)]
)
def test_without_any_there_is_no_panel_and_only_admins_read_of_it(
    person: str,
    reads: bool,
    champion: ModelVersion,
    sign_in: SignIn,
    request: pytest.FixtureRequest,
) -> None:
    page = sign_in(request.getfixturevalue(person)).get("/").content.decode()
    assert "data-beside" not in page
    assert (HINT in page) == reads


def test_naming_them_reads_no_card(
    shown: list[ModelVersion], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3) as queries:
        name_side_by_side()
    assert not [query for query in queries if '"card"' in query["sql"]]


def test_switching_all_off_is_possible(shown: list[ModelVersion]) -> None:
    assert choose_shown([]) == 0
    assert list_shown() == []


def _labels(versions: Iterable[ModelVersion]) -> list[str]:
    return [version.ref for version in versions]
