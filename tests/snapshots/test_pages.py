"""The pages of training sets: list, detail, diff and forms."""

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

LIST_PATH = "/training/snapshots/"


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


def _read(response: Any, *, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def _send(browser: Client, name: str, **fields: Any) -> Any:
    return browser.post(reverse(name), fields, follow=True)


def test_an_admin_creates_a_training_set(browser: Client) -> None:
    assert browser.get(LIST_PATH).context["cards"] == []
    make_labelled_drawing(make_teaching_user("anna"), 4)
    make_labelled_drawing(make_teaching_user("bert"), 5, ink="", picture="pictures/x.png")
    page = _read(_send(browser, "snapshot_make", note="Before <b>"))
    assert "Before &lt;b&gt;" in page
    assert "<dd>2</dd>" in page
    assert "data:image/png;base64," in page
    assert page.count("ink-thumb") == 1
    (card,) = browser.get(LIST_PATH).context["cards"]
    assert sum(card.snapshot.counts["users"].values()) == 2


def test_shows_why_no_training_set_was_created(browser: Client) -> None:
    response = _send(browser, "snapshot_make")
    assert response.status_code == 400
    assert response.context["make_form"].non_field_errors()
    assert _read(_send(browser, "snapshot_make", note="x" * 201), status=400)
    assert not Snapshot.objects.exists()


def test_the_list_has_a_constant_number_of_queries(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner = make_teaching_user("anna")
    for value in range(3):
        make_labelled_drawing(owner, value)
        build_snapshot(by=None)
    with django_assert_num_queries(3):  # session, user, snapshots
        assert _read(browser.get(LIST_PATH)).count("snapshot-line") == 3


def test_the_page_shows_excluded_drawings_and_trained_models(browser: Client) -> None:
    teaching_user, bert = make_teaching_user("anna"), make_teaching_user("bert")
    drawing = make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(bert, 5)
    snapshot = build_snapshot(by=None)
    version = make_model_trained_on(snapshot, sha256="cd" * 32)
    Drawing.objects.filter(pk=drawing.pk).delete()
    erase_snapshot_drawings([drawing.pk])
    User.objects.filter(pk=bert.pk).update(may_teach=False)
    response = browser.get(reverse("snapshot", args=[snapshot.pk]))
    assert response.context["left_out"] == {"erased": 1, "withdrawn": 1}
    assert version.ref in _read(response)
    assert 'class="gone"' in _read(response)


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
def test_filters_the_drawings_by_label(browser: Client, query: str, shown: int) -> None:
    owner = make_teaching_user("anna")
    for value in (4, 4, 5):
        make_labelled_drawing(owner, value)
    address = reverse("snapshot", args=[build_snapshot(by=None).pk])
    assert _read(browser.get(f"{address}?{query}")).count('class="ink-thumb"') == shown


def test_shows_the_difference_of_two_training_sets(browser: Client) -> None:
    owner = make_teaching_user("anna")
    changed = make_labelled_drawing(owner, 4)
    first = build_snapshot(by=None)
    set_ground_truth(changed, 9)
    make_labelled_drawing(owner, 5)
    second = build_snapshot(by=None)
    response = browser.get(reverse("snapshot_diff", args=[first.pk, second.pk]))
    assert response.context["diff"].relabel_counter == {(4, 9): 1}
    assert "<s>4</s> 9" in _read(response)
    same = browser.get(reverse("snapshot_diff", args=[first.pk, first.pk]))
    assert same.context["diff"].is_empty


def test_imports_a_file_after_a_dry_run(browser: Client) -> None:
    file = make_json_line(label=4) + b"=cmd\n"
    response = _send(browser, "snapshot_import", file=make_upload(file), look="1")
    assert response.context["report"].num_drawings == 1
    assert "<strong>line 2</strong>" in _read(response)
    assert "=cmd" not in _read(response)
    assert not Snapshot.objects.exists()
    response = _send(browser, "snapshot_import", file=make_upload(file), note="From a friend")
    assert "From a friend" in _read(response)
    assert [message.level_tag for message in response.context["messages"]] == ["warning"]
    assert Snapshot.objects.get().is_imported


def test_shows_import_errors_at_the_field(browser: Client) -> None:
    for fields in ({"file": make_upload(b"PK")}, {}):
        response = _send(browser, "snapshot_import", **fields)
        assert response.status_code == 400
        assert list(response.context["import_form"].errors) == ["file"]
