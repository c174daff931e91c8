"""Training set pages: list, one set, comparison, forms."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import Drawing, Snapshot, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.snapshot_drawing_erasure import erase_snapshot_drawings
from tests.fixtures.users import SignIn
from tests.snapshots.archive_files import make_json_line, make_upload
from tests.snapshots.factories import (
    make_labelled_drawing,
    make_model_trained_on,
    make_teaching_user,
    set_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LIST_PATH = "/training/snapshots/"


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


def _read(response: Any, *, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def _send(browser: Client, name: str, **fields: Any) -> Any:
    return browser.post(reverse(name), fields, follow=True)


def test_admin_creates_a_training_set(browser: Client) -> None:
    assert 'data-empty-state="no_snapshots"' in _read(browser.get(LIST_PATH))
    make_labelled_drawing(make_teaching_user("anna"), 4)
    make_labelled_drawing(make_teaching_user("bert"), 5, ink="", picture="pictures/x.png")
    page = _read(_send(browser, "snapshot_make", note="Before <b>"))
    assert "Before &lt;b&gt;" in page
    assert 'data-count="drawings"><dt>drawings</dt><dd>2</dd>' in page
    assert "data:image/png;base64," in page
    assert page.count("ink-thumb") == 1
    assert 'data-drawings="2" data-users="2"' in _read(browser.get(LIST_PATH))


def test_creation_without_drawings_shows_a_form_error(browser: Client) -> None:
    response = _send(browser, "snapshot_make")
    assert response.status_code == 400
    assert response.context["create_form"].non_field_errors()
    assert _read(_send(browser, "snapshot_make", note="x" * 201), status=400)
    assert not Snapshot.objects.exists()


def test_number_of_queries_of_the_list_is_constant(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner = make_teaching_user("anna")
    for value in range(3):
        make_labelled_drawing(owner, value)
        build_snapshot(by=None)
    with django_assert_num_queries(4):  # session, user, roles, snapshots
        assert _read(browser.get(LIST_PATH)).count("snapshot-line") == 3


def test_shows_excluded_drawings_and_trained_models(browser: Client) -> None:
    teaching_user, bert = make_teaching_user("anna"), make_teaching_user("bert")
    drawing = make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(bert, 5)
    snapshot = build_snapshot(by=None)
    version = make_model_trained_on(snapshot, sha256="cd" * 32)
    Drawing.objects.filter(pk=drawing.pk).delete()
    erase_snapshot_drawings([drawing.pk])
    User.objects.filter(pk=bert.pk).update(may_teach=False)
    page = _read(browser.get(reverse("snapshot", args=[snapshot.pk])))
    for name in ("erased", "withdrawn"):
        assert re.search(f'data-count="{name}"><dt>[^<]+</dt><dd>1</dd>', page)
    assert f'data-model="{version.ref}"' in page
    assert page.count('data-erased="true"') == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", 3),
        ("label=4", 2),
        ("label=10", 0),
        ("label=11", 3),
        ("label=x&split=y&after=z", 3),
        ("label=٤", 3),
        (f"after={UUID(int=0)}", 3),
        (f"after={UUID(int=2**128 - 1)}", 0),
    ],
)
def test_filters_drawings_by_label(browser: Client, query: str, shown: int) -> None:
    owner = make_teaching_user("anna")
    for value in (4, 4, 5):
        make_labelled_drawing(owner, value)
    address = reverse("snapshot", args=[build_snapshot(by=None).pk])
    assert _read(browser.get(f"{address}?{query}")).count('class="ink-thumb"') == shown


def test_compares_two_training_sets(browser: Client) -> None:
    owner = make_teaching_user("anna")
    changed = make_labelled_drawing(owner, 4)
    first = build_snapshot(by=None)
    set_ground_truth(changed, 9)
    make_labelled_drawing(owner, 5)
    second = build_snapshot(by=None)
    page = _read(browser.get(reverse("snapshot_diff", args=[first.pk, second.pk])))
    assert 'data-relabelled="1"' in page
    assert 'data-label="9" data-previous-label="4"' in page
    same = _read(browser.get(reverse("snapshot_diff", args=[first.pk, first.pk])))
    assert 'data-empty-state="no_difference"' in same


def test_file_is_checked_and_then_imported(browser: Client) -> None:
    file = make_json_line(label=4) + b"=cmd\n"
    page = _read(_send(browser, "snapshot_import", file=make_upload(file), dry_run="1"))
    assert 'data-accepted="1" data-refused="1"' in page
    assert 'data-place="line 2"' in page
    assert "=cmd" not in page
    assert not Snapshot.objects.exists()
    page = _read(_send(browser, "snapshot_import", file=make_upload(file), note="From a friend"))
    assert "From a friend" in page
    assert 'data-message="partial_import"' in page
    assert Snapshot.objects.get().is_imported


def test_invalid_file_has_a_field_error(browser: Client) -> None:
    for fields in ({"file": make_upload(b"PK")}, {}):
        response = _send(browser, "snapshot_import", **fields)
        assert response.status_code == 400
        assert response.context["import_form"].has_error("file")
