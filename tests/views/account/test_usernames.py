"""Usernames: one account per name in any spelling, and no name that imitates another."""

from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from recognizer.accounts.username_rules import (
    imitation_key,
    username_key,
    validate_public_username,
)
from recognizer.models import User
from tests.fixtures.users import PASSWORD, SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SPELLINGS = [
    ("Éva", "éva"),
    ("Éva", "E\u0301VA"),
    ("straße", "STRASSE"),
    ("ada", "ＡＤＡ"),
    ("ada", "𝐚𝐝𝐚"),
    ("Σοφός", "ΣΟΦΌΣ"),
    ("ІВАН", "іван"),
]
IMITATIONS = [
    "admin",
    "ADMIN",
    "Admin.",
    "a.d.m.i.n",
    "admin@localhost",
    "аdmin",
    "ａdmin",
    "ａｄｍｉｎ",
    "𝐚𝐝𝐦𝐢𝐧",
    "admın",
    "ADMİN",
    "ädmin",
    "đigitsite",
    "ᴀdmin",
    "ɑdmin",
    "adm1n",
    "4dmin",
    "adrnin",
    "admin1",
    "admin_2",
    "site-admin",
    "аԁмін",
    "αδμιν",
    "r00t",
    "рооt",
    "ѕуѕтем",
    "Support",
    "supp0rt",
    "digitsite",
    "DlGITSITE",
    "moderator",
    "heIp",
    "адмін",
    "ɐdmin",
    "1admin",
    "theadmin",
    "adminteam",
    "administrators",
    "DigitsiteTeam",
    "real-admin",
    "supportteam",
    "teamsecurity",
    "管理员",
]
REFUSED = [
    "eva@example.org",
    "eva＠example.org",
    "eva eva",
    "eva\u200b",
    "ad\u00ada",
    "\u3164",
    "...",
]
REFUSED += [
    "\u3164",
    "evа",
    "ΑDA",
    "adа",
    "Ꭰ",
    "ꓮꓓ",
    "🙂",
    "eva/",
    "eva\u202e",
    "x" * 151,
    "\ufdfa" * 20,
]
ACCEPTED = ["eva", "ivan.petrov+1", "user_1", "12345", "Ünal", "José", "田中さん", "ひらカタ漢字"]
ACCEPTED += [
    "김철수",
    "हिन्दी",
    "محمد",
    "Ελένη",
    "Иван",
    "one-of-many-1",
    "annal",
    "fernando",
    "Stafford",
    "Helper",
]


@pytest.fixture(autouse=True)
def reset_limits(db: None) -> None:
    cache.clear()


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_the_database_refuses_a_second_spelling(first: str, second: str) -> None:
    User.objects.create_user(first)

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(second)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username=second)])
    other = User.objects.create_user("other")
    other.username = second
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save(update_fields=["username"])


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_signs_in_with_any_spelling(first: str, second: str) -> None:
    User.objects.create_user(first, password=PASSWORD)

    response = Client().post("/accounts/login/", {"login": second, "password": PASSWORD})

    assert response.status_code == 302


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_sign_up_refuses_a_second_spelling(first: str, second: str) -> None:
    User.objects.create_user(first)

    assert _sign_up(second).context["form"].has_error("username")
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", IMITATIONS + REFUSED)
def test_sign_up_refuses_imitations_and_odd_names(name: str) -> None:
    page = _sign_up(name)

    assert page.status_code == 200
    assert page.context["form"].has_error("username")
    assert not User.objects.exists()


def test_a_name_taken_during_the_sign_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_name(*_: object) -> None:
        User.objects.create_user("Eva")

    monkeypatch.setattr("recognizer.views.account.forms.count_sign_up", take_name)

    assert _sign_up("eva").status_code == 409
    assert User.objects.count() == 1


@pytest.mark.parametrize("letters", ["a\u0323\u0301", "\ufdfa", "x"])
def test_sign_in_refuses_a_text_longer_than_any_name(letters: str) -> None:
    """The normalization of such a text would take minutes."""
    form = {"login": letters * 1000, "password": PASSWORD}

    page = Client().post("/accounts/login/", form)

    assert page.context["form"].has_error("login", "max_length")


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts_names_of_all_languages(name: str) -> None:
    validate_public_username(name)


def test_stores_the_composed_form() -> None:
    assert _sign_up("Ｅ\u0301va").status_code == 302
    assert User.objects.get().username == "Éva"


@pytest.mark.parametrize("name", ["Admin", "ADMIN", "ａdmin", "admın", "аdmin", "a@example.org"])
def test_createsuperuser_refuses_imitations(admin: User, name: str) -> None:
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", username=name, email="", stderr=StringIO())

    assert User.objects.count() == 1


def test_createsuperuser_accepts_a_reserved_name() -> None:
    call_command("createsuperuser", "--noinput", username="admin", email="", stdout=StringIO())

    assert User.objects.get().is_superuser


@pytest.mark.parametrize("name", ["OWNER", "ｏwner", "admın", "a@example.org", "оwner"])
def test_admin_site_refuses_imitations(
    admin: User, owner: User, outsider: User, sign_in: SignIn, name: str
) -> None:
    browser = sign_in(admin)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    new = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    new["usable_password"] = "true"

    added = browser.post("/admin/recognizer/user/add/", new)
    changed = browser.post(
        f"/admin/recognizer/user/{outsider.pk}/change/", {"username": name, "is_active": "on"}
    )

    assert [added.status_code, changed.status_code] == [200, 200]
    assert User.objects.count() == 3


@pytest.mark.parametrize("spelling", ["Owner", "ＯＷＮＥＲ"])
def test_commands_find_a_user_by_any_spelling(owner: User, spelling: str) -> None:
    call_command("set_role", spelling, "reviewer", stdout=StringIO())

    assert User.objects.get(pk=owner.pk).is_reviewer


def test_an_accent_distinguishes_users_but_imitates_reserved_names() -> None:
    assert username_key("Éva") != username_key("Eva")
    assert imitation_key("ádmin") == imitation_key("admin")


@pytest.mark.django_db(transaction=True)
def test_migration_renames_the_newer_of_two_spellings(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib import import_module

    from django.apps import apps

    users = [User.objects.create_user(f"user{number}") for number in range(4)]
    for user, name in zip(users, ["Éva", "éva", "éva-2", "bob"], strict=True):
        User.objects.filter(pk=user.pk).update(username=name)
    with connection.schema_editor() as editor:
        migration = import_module("recognizer.migrations.0014_username_key")
        migration.store_keys(apps, editor)

    names = list(User.objects.order_by("pk").values_list("username", "username_key"))
    assert names == [("Éva", "éva"), ("éva-3", "éva-3"), ("éva-2", "éva-2"), ("bob", "bob")]
    assert "'éva' to 'éva-3'" in capsys.readouterr().out


def _sign_up(name: str) -> Any:
    form = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    return Client().post("/accounts/signup/", form)
