"""POST snapshots/import/ and the command: what comes in, and that it comes in whole."""

import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.models import Sample, Snapshot, Split
from recognizer.snapshots import build_snapshot, read_items, verify_snapshot
from recognizer.snapshots.split import side_of
from tests.api.calling import Api, code_of
from tests.snapshots.agreed import agreed, teacher
from tests.snapshots.files import (
    RASTER,
    brought_in,
    exported,
    idx,
    line,
    table,
    tried,
    upload,
    zipped,
)

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
        for one in read_items(snapshot, side)
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
    first = brought_in(
        b"".join(
            line(label="not_a_digit" if label == 10 else label, person=str(person), strokes=ink)
            for label, person, ink in drawings
        )
    )
    again = brought_in(exported(first, "jsonl"))
    assert _contents(again) == _contents(first)
    assert again.counts == first.counts


@pytest.mark.parametrize("form", ["idx", "csv", "jsonl"])
def test_a_snapshot_of_this_site_comes_back_as_it_was(form: str) -> None:
    for n in range(6):
        agreed(teacher(f"person{n}"), n, ink="", picture="pictures/x.png")
    first = build_snapshot(by=None)
    again = brought_in(exported(first, form))
    assert (again.is_imported, again.counts) == (True, first.counts)
    assert sorted(_contents(again, of="raster")) == sorted(_contents(first, of="raster"))
    assert verify_snapshot(again).holds
    people = [set(one.items.values_list("person", flat=True)) for one in (first, again)]
    assert len(people[1]) == 6
    assert not people[0] & people[1]


def test_a_dry_run_says_what_would_come_in_and_writes_nothing(chief: Api) -> None:
    file = line(label=4) + b"nonsense\n" + line(label=11) + b"\n" + line(label="not_a_digit")
    body = chief.form("snapshots/import/", file=upload(file), dry_run="true").json()
    side = side_of("anna")
    assert (body["dry_run"], body["format"], body["drawings"]) == (True, "jsonl", 2)
    assert {label: n for label, n in body[side].items() if n} == {"4": 1, "not_a_digit": 1}
    assert body["people"] == {"training": 0, "holdout": 0, side: 1}
    assert body["refused"] == 2
    assert body["refusals"] == [
        {"at": "line 2", "reason": "This is not JSON."},
        {"at": "line 3", "reason": "The label is not 0 to 9 or not_a_digit."},
    ]
    assert body["snapshot"] is None
    assert not Snapshot.objects.exists()
    assert not Sample.objects.exists()


def test_the_same_file_again_is_the_same_snapshot(chief: Api) -> None:
    file = line(label=4) + line(label=5)
    first, again = (
        chief.form("snapshots/import/", file=upload(file), note=note).json()["snapshot"]
        for note in ("one", "two")
    )
    assert first == again
    assert (first["is_imported"], first["note"], first["drawings"]) == (True, "one", 2)
    assert (Snapshot.objects.count(), Sample.objects.count()) == (1, 2)


def test_who_is_put_on_a_side_by_the_file_stays_there() -> None:
    other = {"training": "holdout", "holdout": "training"}[side_of("anna")]
    report = tried(line(split=other) + line() + line(split=side_of("anna").value))
    assert report.manifest.people[other] != set()
    assert [one.place for one in report.refusals] == ["line 3"]
    assert "on the other side" in report.refusals[0].reason


def test_people_without_a_name_are_each_their_own() -> None:
    snapshot = brought_in(idx(RASTER * 3, bytes([1, 2, 3]), count=3))
    assert snapshot.counts["people"] == {"training": 3, "holdout": 0}


def test_names_in_a_file_are_not_kept() -> None:
    snapshot = brought_in(table("a.png,4,=cmd|' /C calc'!A0", head="file,label,person"))
    (person,) = snapshot.items.values_list("person", flat=True)
    assert "cmd" not in person
    text = exported(snapshot, "csv").getvalue()
    assert b"=cmd" not in text


def test_only_the_first_twenty_refusals_are_told(chief: Api) -> None:
    body = chief.form("snapshots/import/", file=upload(b"x\n" * 50), dry_run="true").json()
    assert (body["refused"], len(body["refusals"])) == (50, 20)
    refused = chief.form("snapshots/import/", file=upload(b"x\n" * 50))
    assert code_of(refused) == (409, "nothing_to_learn")


def test_only_admins_bring_anything_in(mine: Api) -> None:
    refused = mine.form("snapshots/import/", file=upload(line()))
    assert code_of(refused) == (403, "permission_denied")


def test_a_form_without_a_file_is_refused(chief: Api) -> None:
    assert code_of(chief.form("snapshots/import/", dry_run="true")) == (400, "invalid")
    assert code_of(chief.form("snapshots/import/", file=upload(line()), why="x")) == (
        400,
        "invalid",
    )


def test_the_command_says_the_same(tmp_path: Path) -> None:
    path, out = tmp_path / "set.jsonl", StringIO()
    path.write_bytes(line(label=4) + b"nonsense\n")
    call_command("import_snapshot", str(path), "--dry-run", stdout=out)
    said = out.getvalue()
    assert "1 drawings (jsonl), 1 refused" in said
    assert "line 2: This is not JSON." in said
    assert "Nothing was brought in." in said
    call_command("import_snapshot", str(path), "--note", "by hand", stdout=out)
    assert out.getvalue().split()[-1] == str(Snapshot.objects.get(note="by hand").pk)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_snapshot", str(tmp_path / "nothing"))
    path.write_bytes(zipped({"a.txt": b""}).getvalue())
    with pytest.raises(CommandError, match="neither IDX files nor"):
        call_command("import_snapshot", str(path))


def test_make_snapshot_prints_its_id() -> None:
    with pytest.raises(CommandError, match="No drawing that may teach"):
        call_command("make_snapshot")
    agreed(teacher("anna"))
    out = io.StringIO()
    call_command("make_snapshot", "--note", "by hand", stdout=out)
    assert out.getvalue().strip() == str(Snapshot.objects.get(note="by hand").pk)


def test_nothing_else_of_a_line_is_kept() -> None:
    snapshot = brought_in(line(name="Anna", pointer="pen"))
    sample = snapshot.items.get().sample
    assert (json.loads(sample.ink), sample.pointer, sample.owner) == (
        [[[0, 0], [0, 10]]],
        "pen",
        None,
    )
