"""The pages of training sets: the list, one set, two compared, the forms."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import Drawing, Snapshot, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.erasure import erase_snapshot_drawings
from tests.fixtures.users import SignIn
from tests.snapshots.archive_files import make_json_line, make_upload
from tests.snapshots.factories import (
    make_labelled_drawing,
    make_model_trained_on,
    make_teaching_user,
    set_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LIST = "/training/snapshots/"


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


def _text(response: Any, *, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def _send(browser: Client, name: str, **fields: Any) -> Any:
    return browser.post(reverse(name), fields, follow=True)


def test_an_admin_makes_one_and_sees_it(browser: Client) -> None:
    assert "No training set yet" in _text(browser.get(LIST))
    make_labelled_drawing(make_teaching_user("anna"), 4)
    make_labelled_drawing(make_teaching_user("bert"), 5, ink="", picture="pictures/x.png")
    page = _text(_send(browser, "snapshot_make", note="Before <b>"))
    assert "Before &lt;b&gt;" in page
    assert "<dd>2</dd>" in page
    assert "data:image/png;base64," in page
    assert page.count("ink-thumb") == 1
    assert "2 drawings of 2 people" in _text(browser.get(LIST))


def test_nothing_to_learn_is_said_beside_the_button(browser: Client) -> None:
    page = _text(_send(browser, "snapshot_make"), status=400)
    assert "No drawing that may teach has an agreed label yet." in page
    assert _text(_send(browser, "snapshot_make", note="x" * 201), status=400)
    assert not Snapshot.objects.exists()


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner = make_teaching_user("anna")
    for value in range(3):
        make_labelled_drawing(owner, value)
        build_snapshot(by=None)
    with django_assert_num_queries(3):  # session, user, snapshots
        assert _text(browser.get(LIST)).count("snapshot-line") == 3


def test_one_page_tells_what_is_left_out_and_who_learnt(browser: Client) -> None:
    teaching_user, bert = make_teaching_user("anna"), make_teaching_user("bert")
    drawing = make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(bert, 5)
    snapshot = build_snapshot(by=None)
    version = make_model_trained_on(snapshot, sha256="cd" * 32)
    Drawing.objects.filter(pk=drawing.pk).delete()
    erase_snapshot_drawings([drawing.pk])
    User.objects.filter(pk=bert.pk).update(may_teach=False)
    page = _text(browser.get(reverse("snapshot", args=[snapshot.pk])))
    assert "<dt>erased since</dt><dd>1</dd>" in page
    assert "<dt>said no since</dt><dd>1</dd>" in page
    assert version.ref in page
    assert '<span class="gone" aria-hidden="true">erased</span>' in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", 3),
        ("label=4", 2),
        ("label=10", 0),
        ("label=11", 3),
        ("label=x&split=y&after=z", 3),
        ("label=٤", 3),
        ("after=99999999999999999999", 3),
        ("after=999999999", 0),
    ],
)
def test_drawings_are_chosen_by_their_digit(browser: Client, query: str, shown: int) -> None:
    owner = make_teaching_user("anna")
    for value in (4, 4, 5):
        make_labelled_drawing(owner, value)
    address = reverse("snapshot", args=[build_snapshot(by=None).pk])
    assert _text(browser.get(f"{address}?{query}")).count('class="ink-thumb"') == shown


def test_two_are_compared(browser: Client) -> None:
    owner = make_teaching_user("anna")
    changed = make_labelled_drawing(owner, 4)
    first = build_snapshot(by=None)
    set_ground_truth(changed, 9)
    make_labelled_drawing(owner, 5)
    second = build_snapshot(by=None)
    page = _text(browser.get(reverse("snapshot_diff", args=[first.pk, second.pk])))
    assert "1 now 9" in page
    assert "<s>4</s> 9" in page
    same = _text(browser.get(reverse("snapshot_diff", args=[first.pk, first.pk])))
    assert "Both hold the same drawings" in same


def test_a_file_is_looked_at_and_then_brought_in(browser: Client) -> None:
    file = make_json_line(label=4) + b"=cmd\n"
    page = _text(_send(browser, "snapshot_import", file=make_upload(file), look="1"))
    assert "1 drawing would come in" in page
    assert "<strong>line 2</strong> This is not JSON." in page
    assert "=cmd" not in page
    assert not Snapshot.objects.exists()
    page = _text(_send(browser, "snapshot_import", file=make_upload(file), note="From a friend"))
    assert "From a friend" in page
    assert "1 of the file could not be taken in." in page
    assert Snapshot.objects.get().is_imported


def test_a_file_that_cannot_be_read_is_said_beside_the_field(browser: Client) -> None:
    page = _text(_send(browser, "snapshot_import", file=make_upload(b"PK")), status=400)
    assert "The zip is broken." in page
    assert "This field is required." in _text(_send(browser, "snapshot_import"), status=400)
