"""GET me/ and DELETE me/."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.accounts.deletion import finish_account_deletions
from recognizer.accounts.roles import grant_role
from recognizer.maintenance.deleted_drawing_erasure import erase_drawings
from recognizer.models import ApiToken, Drawing, Label, Prediction, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_drawing, make_recognized_drawing
from tests.fixtures.users import PASSWORD, SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DELETE_REQUEST = {"confirm": "owner", "password": PASSWORD}


def test_returns_the_account_and_its_statistics(
    owner_api: ApiClient,
    owner: User,
    outsider: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_recognized_drawing(owner, digit=3, claim=3)
    make_recognized_drawing(owner, digit=3, claim=5)
    make_recognized_drawing(owner, digit=None, decision="not_a_digit", claim=5)
    make_recognized_drawing(owner, digit=7, decision="unsure")
    make_drawing(owner)
    make_drawing(owner, claim=1, status="failed", error="empty")
    make_recognized_drawing(outsider, claim=9)
    with django_assert_num_queries(5):  # session, user, roles, feed, metrics
        body = owner_api.get("me/").json()
    assert (body["username"], body["roles"], body["may_teach"]) == ("owner", [], False)
    metrics = body["metrics"]
    counted = [metrics[name] for name in ("drawings", "predicted", "unsure", "labelled", "correct")]
    assert counted == [6, 4, 1, 3, 1]
    assert metrics["accuracy"] == pytest.approx(1 / 3)
    assert metrics["predictions"]["3"] == 2
    assert metrics["predictions"]["not_a_digit"] == 1
    fives = {"labelled": 2, "incorrect": 2, "predicted_as": {"3": 1, "not_a_digit": 1}}
    assert metrics["by_label"]["5"] == fives
    assert metrics["by_label"]["1"]["labelled"] == 0


def test_returns_the_roles(owner_api: ApiClient, owner: User) -> None:
    grant_role(user=owner, role="reviewer")
    assert owner_api.get("me/").json()["roles"] == ["reviewer"]


def test_anonymous_users_have_no_account(anonymous_api: ApiClient) -> None:
    for response in (
        anonymous_api.get("me/"),
        anonymous_api.delete("me/", DELETE_REQUEST),
        anonymous_api.post("me/export/", {}),
    ):
        assert problem_code(response) == (401, "not_authenticated")


def test_deletes_the_account_and_all_drawings(
    owner_api: ApiClient, owner: User, outsider: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("pictures/aa/x.png", ContentFile(b"png"))
    make_recognized_drawing(owner, claim=4, picture=name)
    make_drawing(owner, deleted_at=owner.date_joined)
    create_token(user=owner, name="script")
    kept = make_recognized_drawing(outsider, claim=1)
    assert owner_api.delete("me/", DELETE_REQUEST).status_code == 204
    assert not User.objects.filter(username="owner").exists()
    assert [drawing.pk for drawing in Drawing.objects.all()] == [kept.pk]
    assert (Prediction.objects.count(), Label.objects.count()) == (1, 1)
    assert not ApiToken.objects.exists()
    assert not default_storage.exists(name)
    assert problem_code(owner_api.get("me/")) == (401, "not_authenticated")


def test_drawing_stored_during_the_deletion_is_erased(
    owner_api: ApiClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_drawing(owner)
    late = iter([owner])

    def erase_then_store_a_drawing(drawings: list[Drawing]) -> int:
        for user in late:
            make_drawing(user)
        return erase_drawings(drawings)

    monkeypatch.setattr("recognizer.accounts.deletion.erase_drawings", erase_then_store_a_drawing)
    assert owner_api.delete("me/", DELETE_REQUEST).status_code == 204
    assert not User.objects.filter(username="owner").exists()
    assert not Drawing.objects.exists()


def test_sweep_finishes_an_interrupted_deletion(
    owner_api: ApiClient, owner: User, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_killed(drawings: list[Drawing]) -> int:
        raise KeyboardInterrupt

    make_drawing(owner)
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    with monkeypatch.context() as killed:
        killed.setattr("recognizer.accounts.deletion.erase_drawings", raise_killed)
        with pytest.raises(KeyboardInterrupt):
            owner_api.delete("me/", DELETE_REQUEST)
    assert not User.objects.filter(username="owner").exists()
    assert [finish_account_deletions(), finish_account_deletions()] == [1, 0]
    assert (list(User.objects.all()), Drawing.objects.count()) == ([outsider], 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "invalid"),
        ({}, "invalid"),
        ({"confirm": "owner"}, "not_confirmed"),
        ({"confirm": "owner", "password": "wrong"}, "not_confirmed"),
        ({"confirm": "outsider", "password": PASSWORD}, "not_confirmed"),
        ({"confirm": True, "password": PASSWORD}, "invalid"),
        ({**DELETE_REQUEST, "why": "because"}, "invalid"),
    ],
    ids=str,
)
def test_deletion_needs_username_and_password(
    owner_api: ApiClient, owner: User, body: Any, code: str
) -> None:
    drawing = make_recognized_drawing(owner)
    assert problem_code(owner_api.delete("me/", body)) == (400, code)
    drawing.refresh_from_db()
    assert drawing.deleted_at is None


def test_limits_password_attempts(owner_api: ApiClient) -> None:
    guesses = [owner_api.delete("me/", {**DELETE_REQUEST, "password": "wrong"}) for _ in range(11)]
    assert problem_code(guesses[-1]) == (429, "too_many_attempts")
    assert guesses[-1]["Retry-After"] == "60"


def test_account_without_a_password_needs_the_username(owner_api: ApiClient, owner: User) -> None:
    owner.set_unusable_password()
    owner.save()
    key = create_token(user=owner, name="script").key
    program = ApiClient(Client(), Authorization=f"Token {key}")
    assert program.delete("me/", {"confirm": "owner"}).status_code == 204


def test_last_admin_cannot_delete_the_account(admin: User, sign_in: SignIn) -> None:
    make_recognized_drawing(admin)
    api = ApiClient(sign_in(admin))
    body = {"confirm": "admin", "password": PASSWORD}
    assert problem_code(api.delete("me/", body)) == (409, "last_admin")
    assert Drawing.objects.get().deleted_at is None


def test_deletion_needs_the_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, "recognizer.accounts.authentication_backend.UsernameOrEmailBackend")
    response = client.delete("/api/v1/me/", DELETE_REQUEST, content_type="application/json")
    assert problem_code(response) == (403, "permission_denied")
