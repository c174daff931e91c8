"""GET snapshots/{id}/export/ and the command: three forms of one snapshot."""

import csv
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recognizer.accounts.services import set_teaching_consent
from recognizer.models import Prediction, Snapshot, Split
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.exports.png_csv_writer import escape_cell
from tests.api.api_client import ApiClient, problem_code
from tests.snapshots.archive_files import RASTER, write_archive
from tests.snapshots.factories import DIGITS, make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def snapshot(db: None) -> Snapshot:
    """A 4 and a picture of a 5 that teach, a non-digit that judges."""
    teaching_user = make_teaching_user("anna", split=Split.TRAINING)
    make_labelled_drawing(teaching_user, 4, pointer="pen")
    make_labelled_drawing(teaching_user, 5, ink="", picture="pictures/x.png")
    make_labelled_drawing(make_teaching_user("bert", split=Split.HOLDOUT), 10)
    return build_snapshot(by=None, note="For a test.")


def _fetch(admin_api: ApiClient, snapshot: Snapshot, form: str) -> bytes:
    response = admin_api.get(f"snapshots/{snapshot.pk}/export/", format=form)
    assert response.status_code == 200
    assert snapshot.ref in response["Content-Disposition"]
    assert response["Cache-Control"] == "private, no-store"
    return b"".join(response)


def test_json_lines_have_the_strokes(admin_api: ApiClient, snapshot: Snapshot) -> None:
    lines = [json.loads(line) for line in _fetch(admin_api, snapshot, "jsonl").splitlines()]
    assert [(one["label"], one["split"]) for one in lines] == [
        (4, "training"),
        (5, "training"),
        ("not_a_digit", "holdout"),
    ]
    assert (lines[0]["strokes"], lines[0]["pointer"]) == (DIGITS[4], "pen")
    assert "strokes" not in lines[1]
    assert {one["user"] for one in lines} == set(
        snapshot.items.values_list("user_pseudonym", flat=True)
    )


def test_pictures_come_with_a_table(admin_api: ApiClient, snapshot: Snapshot) -> None:
    with zipfile.ZipFile(io.BytesIO(_fetch(admin_api, snapshot, "csv"))) as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("labels.csv"))))
        pictures = [archive.read(row["file"]) for row in rows]
        read_me = archive.read("README.txt").decode()
    assert [row["label"] for row in rows] == ["4", "5", "not_a_digit"]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert snapshot.sha256 in read_me
    assert "Drawings written here: 3" in read_me


def test_idx_is_what_readers_of_mnist_expect(admin_api: ApiClient, snapshot: Snapshot) -> None:
    with zipfile.ZipFile(io.BytesIO(_fetch(admin_api, snapshot, "idx"))) as archive:
        images, labels = (
            archive.read(f"train-{name}-ubyte") for name in ("images-idx3", "labels-idx1")
        )
        people = archive.read("train-users.txt").decode().split()
        held_out = archive.read("t10k-labels-idx1-ubyte")
    assert struct.unpack_from(">4I", images) == (0x803, 2, 28, 28)
    assert images[16:] == RASTER * 2
    assert labels == struct.pack(">2I", 0x801, 2) + bytes([4, 5])
    assert held_out == struct.pack(">2I", 0x801, 1) + bytes([10])
    assert len(people) == 2


def test_what_no_network_has_seen_is_left_out_and_counted(snapshot: Snapshot) -> None:
    Prediction.objects.filter(drawing__ink__gt="").delete()
    for form in ("idx", "csv"):
        with zipfile.ZipFile(write_archive(snapshot, form)) as archive:
            read_me = archive.read("README.txt").decode()
        assert "written here: 1" in read_me
        assert "2 that no network has seen" in read_me
    assert len(write_archive(snapshot, "jsonl").getvalue().splitlines()) == 3


def test_who_took_consent_back_is_not_handed_out(snapshot: Snapshot) -> None:
    for sample in snapshot.items.filter(split="holdout").select_related("drawing__owner"):
        assert sample.drawing.owner is not None
        set_teaching_consent(user=sample.drawing.owner, may_teach=False)
    assert len(write_archive(snapshot, "jsonl").getvalue().splitlines()) == 2


def test_the_same_snapshot_is_the_same_file(snapshot: Snapshot) -> None:
    for form in ("idx", "csv", "jsonl"):
        assert write_archive(snapshot, form).getvalue() == write_archive(snapshot, form).getvalue()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert escape_cell(text) == f"'{text}"
    assert escape_cell("4") == "4"


def test_a_form_that_is_not_there_is_refused(
    admin_api: ApiClient, owner_api: ApiClient, snapshot: Snapshot
) -> None:
    path = f"snapshots/{snapshot.pk}/export/"
    for given in ({}, {"format": "parquet"}, {"format": "idx", "why": "x"}):
        assert problem_code(admin_api.get(path, **given)) == (400, "invalid")
    assert problem_code(owner_api.get(path, format="idx")) == (403, "permission_denied")
    assert problem_code(admin_api.get("snapshots/1/export/", format="idx")) == (404, "not_found")


def test_the_command_writes_the_same_file(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    call_command("export_snapshot", str(snapshot.pk), "idx", str(path))
    assert path.read_bytes() == write_archive(snapshot, "idx").getvalue()
    with pytest.raises(CommandError, match="There is no snapshot"):
        call_command("export_snapshot", "nothing", "idx", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("export_snapshot", str(snapshot.pk), "idx", str(tmp_path / "a" / "b"))
