"""The first question about the consent, and the notice that a model learned from drawings."""

import pytest
from django.test import Client
from django.utils import timezone

from recognizer.models import PromotionKind, User
from recognizer.registry.promotion import append_promotion
from recognizer.snapshots.build import build_snapshot
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.guests.conftest import create_guest, csrf_headers
from tests.snapshots.factories import make_labelled_drawing, make_model_trained_on

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize("may_teach", [True, False])
def test_the_first_choice_is_stored(owner_api: ApiClient, owner: User, *, may_teach: bool) -> None:
    User.objects.filter(pk=owner.pk).update(may_teach_decided_at=None)

    response = owner_api.patch("me/", {"may_teach": may_teach})

    assert (response.status_code, response.json()["may_teach"]) == (200, may_teach)
    owner.refresh_from_db()
    assert owner.may_teach == may_teach
    assert owner.may_teach_decided_at is not None


def test_a_later_choice_is_refused(owner_api: ApiClient, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(may_teach_decided_at=timezone.now())

    response = owner_api.patch("me/", {"may_teach": True})

    assert problem_code(response) == (409, "already_chosen")
    owner.refresh_from_db()
    assert not owner.may_teach


def test_guests_are_not_asked(anonymous: Client) -> None:
    anonymous.get("/")
    assert create_guest(anonymous) == 201

    response = ApiClient(anonymous, **csrf_headers(anonymous)).patch("me/", {"may_teach": True})

    assert problem_code(response) == (401, "not_authenticated")
    page = anonymous.get("/").content.decode()
    assert 'data-teaching="guest"' in page
    assert "data-consent-dialog" not in page


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"may_teach_decided_at": None}, "unasked"),
        ({"may_teach_decided_at": timezone.now()}, "no"),
        ({"may_teach": True}, "yes"),
    ],
)
def test_the_page_has_the_state(
    owner: User, sign_in: SignIn, fields: dict[str, object], state: str
) -> None:
    User.objects.filter(pk=owner.pk).update(**fields)

    page = sign_in(owner).get("/").content.decode()

    assert f'data-teaching="{state}"' in page
    assert ("data-consent-dialog" in page) == (state == "unasked")


def test_a_user_is_told_once_that_the_champion_learned_from_drawings(
    owner: User, outsider: User, sign_in: SignIn
) -> None:
    User.objects.filter(pk__in=[owner.pk, outsider.pk]).update(may_teach=True, split="training")
    for value in (3, 4):
        make_labelled_drawing(owner, value)
    model = make_model_trained_on(build_snapshot(by=None), sha256="cd" * 32)
    browser, other = sign_in(owner), sign_in(outsider)
    assert 'data-message="learned"' not in browser.get("/").content.decode()

    append_promotion(model=model, by=None, reason="Better.", kind=PromotionKind.FIRST)

    page = browser.get("/").content.decode()
    assert 'data-message="learned"' in page
    assert "2 drawings of yours" in page
    assert f'href="/models/{model.ref}/"' in page
    assert 'data-message="learned"' not in browser.get("/").content.decode()
    assert 'data-message="learned"' not in other.get("/").content.decode()
