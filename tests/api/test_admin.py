"""/admin/: permissions, every table, and a constant number of queries."""

from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.fixtures import Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.accounts.roles import grant_role
from recognizer.models import (
    Drawing,
    GoldDrawing,
    GroundTruth,
    Label,
    ModelVersion,
    Prediction,
    Promotion,
    User,
)
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing
from tests.fixtures.users import SignIn, confirm_password

pytestmark = pytest.mark.django_db

TABLES = ["user", "apitoken", "feed", "drawing", "prediction", "label", "modelversion", "promotion"]
READ_ONLY = [Drawing, Prediction, Label, ModelVersion, Promotion]


@pytest.fixture
def admin_rows(owner: User, admin: User) -> Drawing:
    owner.may_teach = True
    owner.save()
    Promotion.objects.create(model=make_model_version(), by=admin, reason="It is better.")
    create_token(user=owner, name="<b>script</b>")
    make_drawing(owner, ink="", picture="pictures/x.png")
    return make_recognized_drawing(owner, claim=5)


@pytest.fixture
def admin_browser(admin: User, sign_in: SignIn) -> Client:
    return confirm_password(sign_in(admin))


def _list(table: str) -> str:
    return reverse(f"admin:recognizer_{table}_changelist")


def _page(row: Any) -> str:
    return reverse(f"admin:recognizer_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("table", TABLES)
def test_admin_lists_and_searches_every_table(
    admin_browser: Client, admin_rows: Drawing, table: str
) -> None:
    response = admin_browser.get(_list(table))
    assert response.status_code == 200
    assert "<b>script</b>" not in response.content.decode()
    assert admin_browser.get(_list(table), {"q": str(admin_rows.pk)}).status_code == 200
    assert admin_browser.get(_list(table), {"q": "'; DROP"}).status_code == 200


@pytest.mark.parametrize("table", TABLES)
def test_number_of_queries_does_not_depend_on_the_list(
    admin_browser: Client, admin_rows: Drawing, owner: User, outsider: User, table: str
) -> None:
    with CaptureQueriesContext(connection) as few:
        admin_browser.get(_list(table))
    for _ in range(5):
        make_recognized_drawing(owner, claim=3)
    make_recognized_drawing(outsider)
    Promotion.objects.create(model=make_model_version("lenet", "cd" * 32), by=owner, reason="So.")
    create_token(user=outsider, name="script")
    with CaptureQueriesContext(connection) as many:
        admin_browser.get(_list(table))
    assert len(many) <= len(few)


@pytest.mark.parametrize("is_guest", [0, 1])
def test_user_list_can_be_limited_to_guests_or_accounts(
    admin_browser: Client, admin: User, is_guest: int
) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    response = admin_browser.get(_list("user"), {"is_guest__exact": is_guest})
    assert {user.pk for user in response.context["cl"].queryset} == {[admin, guest][is_guest].pk}
    assert "is_guest__exact=1" in admin_browser.get(_list("user")).content.decode()


@pytest.mark.slow
def test_admin_opens_every_row(admin_browser: Client, admin_rows: Drawing, owner: User) -> None:
    rows = [owner, owner.feed, owner.api_tokens.get(), admin_rows, *Drawing.objects.all()]
    rows += [*Prediction.objects.all(), *Label.objects.all()]
    rows += [*ModelVersion.objects.all(), *Promotion.objects.all()]
    for row in rows:
        response = admin_browser.get(_page(row))
        assert response.status_code == 200, row
    page = admin_browser.get(_page(admin_rows)).content.decode()
    assert "<svg" in page
    assert "data:image/png;base64," in page


def test_redirects_anonymous_users_to_the_login(anonymous: Client, admin_rows: Drawing) -> None:
    response = anonymous.get(_list("drawing"), follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    posted = anonymous.post("/admin/login/", {"username": "admin", "password": "x"})
    assert (posted.status_code, posted.url) == (302, "/accounts/login/?next=/admin/")  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["owner", "reviewer"])
def test_refuses_users_without_the_admin_role(
    request: pytest.FixtureRequest, sign_in: SignIn, admin_rows: Drawing, name: str
) -> None:
    client = sign_in(request.getfixturevalue(name))
    for table in TABLES:
        assert client.get(_list(table), follow=True).status_code == 403
    assert client.post(_list("drawing"), {}, follow=True).status_code == 403


def test_refuses_staff_without_the_admin_role(outsider: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=outsider.pk).update(is_staff=True)
    for path in (_list("drawing"), reverse("admin:index")):
        assert sign_in(outsider).get(path, follow=True).status_code == 403


def test_admin_role_alone_gives_access(
    outsider: User, sign_in: SignIn, admin_rows: Drawing
) -> None:
    grant_role(user=outsider, role="admin")
    client = sign_in(outsider)
    assert [client.get(_list(table)).status_code for table in TABLES] == [200] * len(TABLES)


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_append_only_tables_cannot_be_changed(
    admin_browser: Client, admin_rows: Drawing, model: Any
) -> None:
    row = model.objects.first()
    assert admin_browser.post(_page(row), {}).status_code == 403
    assert (
        admin_browser.post(_page(row).replace("change", "delete"), {"post": "yes"}).status_code
        == 403
    )
    assert admin_browser.get(_list(row._meta.model_name) + "add/").status_code == 403
    assert "delete_selected" not in admin_browser.get(_list(row._meta.model_name)).content.decode()


def test_admin_deletes_a_drawing_and_cannot_restore_it(
    admin_browser: Client, admin_rows: Drawing
) -> None:
    for action in ("move_to_trash", "restore_from_trash"):
        chosen = {"action": action, "_selected_action": [str(admin_rows.pk)]}
        assert admin_browser.post(_list("drawing"), chosen).status_code == 302
        admin_rows.refresh_from_db()
        assert admin_rows.deleted_at is not None


@pytest.mark.parametrize("reason", ["no consent", "deleted"])
def test_hides_ink_and_pictures_that_only_their_owner_may_see(
    admin_browser: Client, admin_rows: Drawing, owner: User, reason: str
) -> None:
    pages = [_list("drawing"), _list("prediction"), _page(admin_rows)]
    pages += [_list("groundtruth"), _list("golddrawing"), _list("reviewitem")]
    GroundTruth.objects.create(
        drawing=admin_rows, value=5, revision=1, basis="claim", decided_at=now()
    )
    GoldDrawing.objects.create(drawing=admin_rows, value=5, revision=1)
    assert any(_shows_a_drawing(admin_browser, page) for page in pages)
    if reason == "deleted":
        Drawing.objects.update(deleted_at=now())
    else:
        User.objects.filter(pk=owner.pk).update(may_teach=False)
    assert [page for page in pages if _shows_a_drawing(admin_browser, page)] == []


def _shows_a_drawing(browser: Client, page: str) -> bool:
    text = browser.get(page).content.decode()
    return 'aria-label="ink"' in text or "data:image/png;base64," in text


def _form_of(user: User, *roles: str, **changes: Any) -> dict[str, Any]:
    groups = Group.objects.filter(name__in=roles).values_list("pk", flat=True)
    form = {"username": user.username, "email": user.email, "groups": list(groups)}
    return {**form, "is_active": "on", **changes}


def test_admin_grants_roles_on_the_page_of_a_user(
    admin_browser: Client, owner: User, admin: User
) -> None:
    assert admin_browser.post(_page(owner), _form_of(owner, "admin")).status_code == 302
    owner = User.objects.get(pk=owner.pk)
    assert (owner.is_admin, owner.is_staff) == (True, True)
    admin_browser.post(_page(owner), _form_of(owner, "reviewer"))
    owner = User.objects.get(pk=owner.pk)
    assert (owner.is_admin, owner.is_staff, owner.is_reviewer) == (False, False, True)


def test_deletes_an_account_with_drawings_and_pictures(
    admin_browser: Client, owner: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("pictures/aa/x.png", ContentFile(b"png"))
    make_recognized_drawing(owner, picture=name, claim=4)
    path = reverse("admin:recognizer_user_delete", args=[owner.pk])
    assert len(admin_browser.get(path).context["deleted_objects"]) == 1
    assert admin_browser.post(path, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="owner").exists()
    assert not Drawing.objects.exists()
    assert not default_storage.exists(name)


def test_second_factor_can_be_deleted_but_not_read(admin_browser: Client, owner: User) -> None:
    factor = Authenticator.objects.create(
        user=owner, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    page = reverse("admin:mfa_authenticator_change", args=[factor.pk])
    assert "JBSWY3DPEHPK3PXP" not in admin_browser.get(page).content.decode()
    assert admin_browser.get(reverse("admin:mfa_authenticator_changelist")).status_code == 200
    assert admin_browser.post(page, {"data": "{}"}).status_code == 403
    admin_browser.post(page.replace("change", "delete"), {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_every_table_of_the_project_is_registered() -> None:
    registered = {model._meta.model_name for model in django_admin.site._registry}
    assert set(TABLES) <= registered
