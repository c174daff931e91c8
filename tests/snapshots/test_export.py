"""Exports in three formats, by GET snapshots/{id}/export/ and by the command."""

import csv
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.csv_cells import escape_cell
from recognizer.models import Prediction, Snapshot, Split
from recognizer.snapshots.build import build_snapshot
from tests.api.api_client import ApiClient, problem_code
from tests.snapshots.archive_files import RASTER, write_archive
from tests.snapshots.factories import DIGITS, make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def snapshot(db: None) -> Snapshot:
    """A 4 and a picture of a 5 in training, and a non-digit in the holdout."""
    teaching_user = make_teaching_user("anna", split=Split.TRAINING)
    make_labelled_drawing(teaching_user, 4, pointer="pen")
    make_labelled_drawing(teaching_user, 5, ink="", picture="pictures/x.png")
    make_labelled_drawing(make_teaching_user("bert", split=Split.HOLDOUT), 10)
    return build_snapshot(by=None, note="For a test.")


def _fetch(admin_api: ApiClient, snapshot: Snapshot, export_format: str) -> bytes:
    response = admin_api.get(f"snapshots/{snapshot.pk}/export/", format=export_format)
    assert response.status_code == 200
    assert snapshot.ref in response["Content-Disposition"]
    assert response["Cache-Control"] == "private, no-store"
    return b"".join(response)


def test_json_lines_contain_the_strokes(admin_api: ApiClient, snapshot: Snapshot) -> None:
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


def test_csv_contains_pictures_and_labels(admin_api: ApiClient, snapshot: Snapshot) -> None:
    with zipfile.ZipFile(io.BytesIO(_fetch(admin_api, snapshot, "csv"))) as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("labels.csv"))))
        pictures = [archive.read(row["file"]) for row in rows]
        readme = archive.read("README.txt").decode()
    assert [row["label"] for row in rows] == ["4", "5", "not_a_digit"]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert snapshot.sha256 in readme
    assert ": 3\n" in readme


def test_idx_has_the_format_of_mnist(admin_api: ApiClient, snapshot: Snapshot) -> None:
    with zipfile.ZipFile(io.BytesIO(_fetch(admin_api, snapshot, "idx"))) as archive:
        images, labels = (
            archive.read(f"train-{name}-ubyte") for name in ("images-idx3", "labels-idx1")
        )
        users = archive.read("train-users.txt").decode().split()
        held_out = archive.read("t10k-labels-idx1-ubyte")
    assert struct.unpack_from(">4I", images) == (0x803, 2, 28, 28)
    assert images[16:] == RASTER * 2
    assert labels == struct.pack(">2I", 0x801, 2) + bytes([4, 5])
    assert held_out == struct.pack(">2I", 0x801, 1) + bytes([10])
    assert len(users) == 2


def test_omits_and_counts_drawings_without_a_raster(snapshot: Snapshot) -> None:
    Prediction.objects.filter(drawing__ink__gt="").delete()
    for export_format in ("idx", "csv"):
        with zipfile.ZipFile(write_archive(snapshot, export_format)) as archive:
            readme = archive.read("README.txt").decode()
        assert ": 1\n" in readme
        assert "2 without a raster" in readme
    assert len(write_archive(snapshot, "jsonl").getvalue().splitlines()) == 3


def test_omits_drawings_of_withdrawn_consent(snapshot: Snapshot) -> None:
    for item in snapshot.items.filter(split="holdout").select_related("drawing__owner"):
        assert item.drawing.owner is not None
        set_teaching_consent(user=item.drawing.owner, may_teach=False)
    assert len(write_archive(snapshot, "jsonl").getvalue().splitlines()) == 2


def test_equal_snapshots_give_equal_files(snapshot: Snapshot) -> None:
    for export_format in ("idx", "csv", "jsonl"):
        assert (
            write_archive(snapshot, export_format).getvalue()
            == write_archive(snapshot, export_format).getvalue()
        )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_escapes_formulas_in_cells(text: str) -> None:
    assert escape_cell(text) == f"'{text}"
    assert escape_cell("4") == "4"


def test_refuses_an_unknown_format(
    admin_api: ApiClient, owner_api: ApiClient, snapshot: Snapshot
) -> None:
    path = f"snapshots/{snapshot.pk}/export/"
    for given in ({}, {"format": "xlsx"}, {"format": "idx", "why": "x"}):
        assert problem_code(admin_api.get(path, **given)) == (400, "invalid")
    assert problem_code(owner_api.get(path, format="idx")) == (403, "permission_denied")
    assert problem_code(admin_api.get("snapshots/1/export/", format="idx")) == (404, "not_found")


def test_the_command_writes_the_same_file(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    call_command("export_snapshot", str(snapshot.pk), "idx", str(path))
    assert path.read_bytes() == write_archive(snapshot, "idx").getvalue()
    with pytest.raises(CommandError, match="There is no"):
        call_command("export_snapshot", "nothing", "idx", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("export_snapshot", str(snapshot.pk), "idx", str(tmp_path / "a" / "b"))
