"""POST snapshots/import/ and the command: what comes in, and that it comes in whole."""

import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.models import Snapshot, SnapshotDrawing, Split
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.queries import load_training_samples
from recognizer.snapshots.user_splits import compute_import_split
from recognizer.snapshots.verification import verify_snapshot
from tests.api.api_client import ApiClient, problem_code
from tests.snapshots.archive_files import (
    RASTER,
    dry_run_import,
    import_file,
    make_csv_zip,
    make_idx_zip,
    make_json_line,
    make_upload,
    make_zip,
    write_archive,
)
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NUMBERS = st.floats(-100_000, 100_000, allow_nan=False) | st.integers(-100_000, 100_000)
INKS = st.lists(
    st.lists(st.lists(NUMBERS, min_size=2, max_size=4), min_size=1, max_size=4),
    min_size=1,
    max_size=3,
)
DRAWINGS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 3), INKS), min_size=1, max_size=5)


def _contents(snapshot: Snapshot, *, of: str = "ink") -> list[tuple[str, int, object]]:
    return [
        (side, one.label, getattr(one, of))
        for side in Split.values
        for one in load_training_samples(snapshot, side)
    ]


@pytest.mark.slow
@given(DRAWINGS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_goes_out_as_lines_comes_in_the_same(
    drawings: list[tuple[int, int, list[object]]],
) -> None:
    Snapshot.objects.all().delete()
    first = import_file(
        b"".join(
            make_json_line(
                label="not_a_digit" if label == 10 else label, user=str(person), strokes=ink
            )
            for label, person, ink in drawings
        )
    )
    again = import_file(write_archive(first, "jsonl"))
    assert _contents(again) == _contents(first)
    assert again.counts == first.counts


@pytest.mark.parametrize("form", ["idx", "csv", "jsonl"])
def test_a_snapshot_of_this_site_comes_back_as_it_was(form: str) -> None:
    for n in range(6):
        make_labelled_drawing(make_teaching_user(f"person{n}"), n, ink="", picture="pictures/x.png")
    first = build_snapshot(by=None)
    again = import_file(write_archive(first, form))
    assert (again.is_imported, again.counts) == (True, first.counts)
    assert sorted(_contents(again, of="raster")) == sorted(_contents(first, of="raster"))
    assert verify_snapshot(again).is_valid
    people = [set(one.items.values_list("user_pseudonym", flat=True)) for one in (first, again)]
    assert len(people[1]) == 6
    assert not people[0] & people[1]


def test_a_dry_run_says_what_would_come_in_and_writes_nothing(admin_api: ApiClient) -> None:
    file = (
        make_json_line(label=4)
        + b"nonsense\n"
        + make_json_line(label=11)
        + b"\n"
        + make_json_line(label="not_a_digit")
    )
    body = admin_api.form("snapshots/import/", file=make_upload(file), dry_run="true").json()
    side = compute_import_split("anna")
    assert (body["dry_run"], body["format"], body["drawings"]) == (True, "jsonl", 2)
    assert {label: n for label, n in body[side].items() if n} == {"4": 1, "not_a_digit": 1}
    assert body["users"] == {"training": 0, "holdout": 0, side: 1}
    assert body["refused"] == 2
    assert body["refusals"] == [
        {"at": "line 2", "reason": "This is not JSON."},
        {"at": "line 3", "reason": "The label is not 0 to 9 or not_a_digit."},
    ]
    assert body["snapshot"] is None
    assert not Snapshot.objects.exists()
    assert not SnapshotDrawing.objects.exists()


def test_the_same_file_again_is_the_same_snapshot(admin_api: ApiClient) -> None:
    file = make_json_line(label=4) + make_json_line(label=5)
    first, again = (
        admin_api.form("snapshots/import/", file=make_upload(file), note=note).json()["snapshot"]
        for note in ("one", "two")
    )
    assert first == again
    assert (first["is_imported"], first["note"], first["drawings"]) == (True, "one", 2)
    assert (Snapshot.objects.count(), SnapshotDrawing.objects.count()) == (1, 2)


def test_who_is_put_on_a_side_by_the_file_stays_there() -> None:
    other = {"training": "holdout", "holdout": "training"}[compute_import_split("anna")]
    report = dry_run_import(
        make_json_line(split=other)
        + make_json_line()
        + make_json_line(split=compute_import_split("anna").value)
    )
    assert report.manifest.people[other] != set()
    assert [one.place for one in report.refusals] == ["line 3"]
    assert "on the other side" in report.refusals[0].reason


def test_people_without_a_name_are_each_their_own() -> None:
    snapshot = import_file(make_idx_zip(RASTER * 3, bytes([1, 2, 3]), count=3))
    assert snapshot.counts["users"] == {"training": 3, "holdout": 0}


def test_names_in_a_file_are_not_kept() -> None:
    snapshot = import_file(make_csv_zip("a.png,4,=cmd|' /C calc'!A0", head="file,label,user"))
    (person,) = snapshot.items.values_list("user_pseudonym", flat=True)
    assert "cmd" not in person
    text = write_archive(snapshot, "csv").getvalue()
    assert b"=cmd" not in text


def test_only_the_first_twenty_refusals_are_told(admin_api: ApiClient) -> None:
    body = admin_api.form("snapshots/import/", file=make_upload(b"x\n" * 50), dry_run="true").json()
    assert (body["refused"], len(body["refusals"])) == (50, 20)
    refused = admin_api.form("snapshots/import/", file=make_upload(b"x\n" * 50))
    assert problem_code(refused) == (409, "no_training_data")


def test_only_admins_bring_anything_in(owner_api: ApiClient) -> None:
    refused = owner_api.form("snapshots/import/", file=make_upload(make_json_line()))
    assert problem_code(refused) == (403, "permission_denied")


def test_a_form_without_a_file_is_refused(admin_api: ApiClient) -> None:
    assert problem_code(admin_api.form("snapshots/import/", dry_run="true")) == (400, "invalid")
    assert problem_code(
        admin_api.form("snapshots/import/", file=make_upload(make_json_line()), why="x")
    ) == (
        400,
        "invalid",
    )


def test_the_command_says_the_same(tmp_path: Path) -> None:
    path, out = tmp_path / "set.jsonl", StringIO()
    path.write_bytes(make_json_line(label=4) + b"nonsense\n")
    call_command("import_snapshot", str(path), "--dry-run", stdout=out)
    said = out.getvalue()
    assert "1 drawings (jsonl), 1 refused" in said
    assert "line 2: This is not JSON." in said
    assert "Nothing was brought in." in said
    call_command("import_snapshot", str(path), "--note", "by hand", stdout=out)
    assert out.getvalue().split()[-1] == str(Snapshot.objects.get(note="by hand").pk)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_snapshot", str(tmp_path / "nothing"))
    path.write_bytes(make_zip({"a.txt": b""}).getvalue())
    with pytest.raises(CommandError, match="neither IDX files nor"):
        call_command("import_snapshot", str(path))


def test_make_snapshot_prints_its_id() -> None:
    with pytest.raises(CommandError, match="No drawing that may teach"):
        call_command("make_snapshot")
    make_labelled_drawing(make_teaching_user("anna"))
    out = io.StringIO()
    call_command("make_snapshot", "--note", "by hand", stdout=out)
    assert out.getvalue().strip() == str(Snapshot.objects.get(note="by hand").pk)


def test_nothing_else_of_a_line_is_kept() -> None:
    snapshot = import_file(make_json_line(name="Anna", pointer="pen"))
    sample = snapshot.items.get().drawing
    assert (json.loads(sample.ink), sample.pointer, sample.owner) == (
        [[[0, 0], [0, 10]]],
        "pen",
        None,
    )
