"""Imports by POST snapshots/import/ and by the command."""

import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.models import Snapshot, SnapshotDrawing, SnapshotItem, Split
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.training_samples import load_training_samples
from recognizer.snapshots.user_splits_and_pseudonyms import compute_import_split
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


def _contents(snapshot: Snapshot, *, attribute: str = "ink") -> list[tuple[str, int, object]]:
    return [
        (split, one.label, getattr(one, attribute))
        for split in Split.values
        for one in load_training_samples(snapshot, split)
    ]


@pytest.mark.slow
@given(DRAWINGS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_json_lines_survive_an_export_and_import(
    drawings: list[tuple[int, int, list[object]]],
) -> None:
    SnapshotItem.objects.all().delete()
    Snapshot.objects.all().delete()
    first = import_file(
        b"".join(
            make_json_line(
                label="not_a_digit" if label == 10 else label, user=str(user), strokes=ink
            )
            for label, user, ink in drawings
        )
    )
    again = import_file(write_archive(first, "jsonl"))
    assert _contents(again) == _contents(first)
    assert again.counts == first.counts


@pytest.mark.parametrize("export_format", ["idx", "csv", "jsonl"])
def test_each_format_survives_an_export_and_import(export_format: str) -> None:
    for n in range(6):
        make_labelled_drawing(make_teaching_user(f"user{n}"), n, ink="", picture="pictures/x.png")
    first = build_snapshot(by=None)
    again = import_file(write_archive(first, export_format))
    assert (again.is_imported, again.counts) == (True, first.counts)
    assert sorted(_contents(again, attribute="raster")) == sorted(
        _contents(first, attribute="raster")
    )
    assert verify_snapshot(again).is_valid
    pseudonyms = [set(one.items.values_list("user_pseudonym", flat=True)) for one in (first, again)]
    assert len(pseudonyms[1]) == 6
    assert pseudonyms[0] == pseudonyms[1]


def test_a_dry_run_reports_and_writes_nothing(admin_api: ApiClient) -> None:
    file = (
        make_json_line(label=4)
        + b"nonsense\n"
        + make_json_line(label=11)
        + b"\n"
        + make_json_line(label="not_a_digit")
    )
    body = admin_api.form("snapshots/import/", file=make_upload(file), dry_run="true").json()
    split = compute_import_split("anna")
    assert (body["dry_run"], body["format"], body["drawings"]) == (True, "jsonl", 2)
    assert {label: n for label, n in body[split].items() if n} == {"4": 1, "not_a_digit": 1}
    assert body["users"] == {"training": 0, "holdout": 0, split: 1}
    assert body["refused"] == 2
    assert [one["at"] for one in body["refusals"]] == ["line 2", "line 3"]
    assert all(one["reason"] for one in body["refusals"])
    assert body["snapshot"] is None
    assert not Snapshot.objects.exists()
    assert not SnapshotDrawing.objects.exists()


def test_the_same_file_gives_the_same_snapshot(admin_api: ApiClient) -> None:
    file = make_json_line(label=4) + make_json_line(label=5)
    first, again = (
        admin_api.form("snapshots/import/", file=make_upload(file), note=note).json()["snapshot"]
        for note in ("one", "two")
    )
    assert first == again
    assert (first["is_imported"], first["note"], first["drawings"]) == (True, "one", 2)
    assert (Snapshot.objects.count(), SnapshotDrawing.objects.count()) == (1, 2)


def test_keeps_the_split_of_the_file() -> None:
    other = {"training": "holdout", "holdout": "training"}[compute_import_split("anna")]
    report = dry_run_import(
        make_json_line(split=other)
        + make_json_line()
        + make_json_line(split=compute_import_split("anna").value)
    )
    assert report.manifest.users[other] != set()
    assert [one.location for one in report.rejected] == ["line 3"]


def test_drawings_without_user_name_are_separate_users() -> None:
    snapshot = import_file(make_idx_zip(RASTER * 3, bytes([1, 2, 3]), count=3))
    assert snapshot.counts["users"] == {"training": 3, "holdout": 0}


def test_does_not_store_user_names() -> None:
    snapshot = import_file(make_csv_zip("a.png,4,=cmd|' /C calc'!A0", header="file,label,user"))
    (user,) = snapshot.items.values_list("user_pseudonym", flat=True)
    assert "cmd" not in user
    text = write_archive(snapshot, "csv").getvalue()
    assert b"=cmd" not in text


def test_reports_only_the_first_rejected_records(admin_api: ApiClient) -> None:
    body = admin_api.form(
        "snapshots/import/", file=make_upload(b'{"\n' * 50), dry_run="true"
    ).json()
    assert (body["refused"], len(body["refusals"])) == (50, 20)
    refused = admin_api.form("snapshots/import/", file=make_upload(b'{"\n' * 50))
    assert problem_code(refused) == (409, "no_training_data")


def test_only_admins_import(owner_api: ApiClient) -> None:
    refused = owner_api.form("snapshots/import/", file=make_upload(make_json_line()))
    assert problem_code(refused) == (403, "permission_denied")


def test_refuses_a_request_without_file(admin_api: ApiClient) -> None:
    assert problem_code(admin_api.form("snapshots/import/", dry_run="true")) == (400, "invalid")
    assert problem_code(
        admin_api.form("snapshots/import/", file=make_upload(make_json_line()), why="x")
    ) == (
        400,
        "invalid",
    )


def test_the_command_imports_a_file(tmp_path: Path) -> None:
    path, out = tmp_path / "set.jsonl", StringIO()
    path.write_bytes(make_json_line(label=4) + b"nonsense\n")
    call_command("import_snapshot", str(path), "--dry-run", stdout=out)
    output = out.getvalue()
    assert "1 drawings (jsonl), 1 " in output
    assert "line 2: " in output
    assert not Snapshot.objects.exists()
    call_command("import_snapshot", str(path), "--note", "by hand", stdout=out)
    assert out.getvalue().split()[-1] == str(Snapshot.objects.get(note="by hand").pk)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_snapshot", str(tmp_path / "nothing"))
    path.write_bytes(make_zip({"a.txt": b""}).getvalue())
    with pytest.raises(CommandError):
        call_command("import_snapshot", str(path))


def test_make_snapshot_prints_its_id() -> None:
    with pytest.raises(CommandError):
        call_command("make_snapshot")
    make_labelled_drawing(make_teaching_user("anna"))
    out = io.StringIO()
    call_command("make_snapshot", "--note", "by hand", stdout=out)
    assert out.getvalue().strip() == str(Snapshot.objects.get(note="by hand").pk)


def test_ignores_unknown_fields_of_a_line() -> None:
    snapshot = import_file(make_json_line(name="Anna", pointer="pen"))
    drawing = snapshot.items.get().drawing
    assert (json.loads(drawing.ink), drawing.pointer, drawing.owner) == (
        [[[0, 0], [0, 10]]],
        "pen",
        None,
    )
