"""Files that are broken, or meant to break something."""

import base64
import io
import json
import struct
import zipfile

import pytest
from pytest_django.fixtures import Settings

from recognizer.accounts.data_export import encode_png
from recognizer.models import Snapshot, SnapshotDrawing
from recognizer.snapshots.imports.importer import import_snapshot
from recognizer.snapshots.imports.records import CannotImport
from tests.api.api_client import ApiClient, problem_code
from tests.snapshots.archive_files import (
    PNG,
    RASTER,
    dry_run_import,
    make_csv_zip,
    make_idx_zip,
    make_json_line,
    make_upload,
    make_zip,
)

pytestmark = pytest.mark.django_db

BIG_PNG = PNG[:16] + struct.pack(">II", 30_000, 30_000) + PNG[24:]


def _refused(file: bytes | io.BytesIO) -> tuple[str, str]:
    """Code and sentence of a file that is refused as a whole; nothing of it may stay."""
    opened = io.BytesIO(file) if isinstance(file, bytes) else file
    with pytest.raises(CannotImport) as caught:
        import_snapshot(opened, by=None)
    assert not Snapshot.objects.exists()
    return caught.value.code, caught.value.detail


def _reason(file: bytes | io.BytesIO) -> str:
    """Why the only drawing of this file is refused."""
    report = dry_run_import(file)
    assert (report.drawings, report.refused) == (0, 1)
    return report.refusals[0].reason


@pytest.mark.parametrize(
    "text",
    [
        b'{"label": 3, "strokes": [[[NaN, 0]]]}',
        b'{"label": 3, "strokes": [[[Infinity, 0]]]}',
        b'{"label": 3, "strokes": [[[1e999, 0]]]}',
        b'{"label": 3, "strokes": ' + b"[" * 5_000,
        b"\xff\xfe",
        b"=cmd|' /C calc'!A0",
        b"null",
        b"[]",
        b'"text"',
        make_json_line(strokes=[]),
        make_json_line(strokes=[[]]),
        make_json_line(strokes=[[[1e6, 0]]]),
        make_json_line(strokes=[[[0, 0, 0, 0, 0]]]),
        make_json_line(strokes=[[["0", "0"]]]),
        make_json_line(strokes={"0": 0}),
        make_json_line(strokes=[[[0, 0]]] * 201),
        make_json_line(strokes=None),
        make_json_line(strokes=None, raster="AAAA"),
        make_json_line(strokes=None, raster=3),
        make_json_line(strokes=None, raster=base64.b64encode(bytes(784)).decode()),
        make_json_line(label=None),
        make_json_line(label=True),
        make_json_line(label=-1),
        make_json_line(label=11),
        make_json_line(label="=1+1"),
        make_json_line(label="³"),
        make_json_line(label=[3]),
        make_json_line(split="test"),
        make_json_line(split=["training"]),
        make_json_line(user=3),
        make_json_line(user="x" * 201),
        make_json_line(pointer="=cmd"),
        make_json_line(note="x" * 2**19),
    ],
    ids=lambda text: repr(text[:60]),
)
def test_a_line_of_nonsense_is_refused_and_not_repeated(text: bytes) -> None:
    reason = _reason(text)
    assert "cmd" not in reason
    assert len(reason) < 100


def test_what_comes_after_a_line_that_is_too_long_is_read() -> None:
    report = dry_run_import(b"x" * 2**20 + b"\n" + make_json_line())
    assert (report.drawings, [one.place for one in report.refusals]) == (1, ["line 1"])


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert _refused(make_csv_zip(files={"b.png": bytes(2**24)}))[0] == "unsafe_archive"


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    packed = make_idx_zip(RASTER * 100, bytes([3] * 100), count=100)
    whole = packed.getvalue().replace(struct.pack("<L", 16 + 78_400), struct.pack("<L", 16 + 784))
    assert _refused(whole)[0] == "unreadable"


def test_what_is_too_much_when_unpacked_is_refused(settings: Settings) -> None:
    settings.IMPORT_MAX_UNPACKED_BYTES = 1000
    assert _refused(make_csv_zip("a.png,3", files={"b": bytes(range(256)) * 4}))[0] == "too_large"


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "C:\\x", "..\\x"])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    assert _refused(make_csv_zip("a.png,3", files={name: PNG}))[0] == "unsafe_archive"


def test_a_link_is_refused() -> None:
    packed = make_csv_zip("a.png,3")
    link = zipfile.ZipInfo("b.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert _refused(packed)[0] == "unsafe_archive"


def test_two_files_of_one_name_are_refused() -> None:
    packed = make_csv_zip("a.png,3")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("a.png", PNG)
    assert _refused(packed)[0] == "unsafe_archive"


def test_an_odd_packing_is_refused() -> None:
    assert _refused(make_zip({"labels.csv": b"file,label"}, zipfile.ZIP_LZMA))[0] == "unsupported"


def test_too_many_files_are_refused(settings: Settings) -> None:
    settings.IMPORT_MAX_DRAWINGS = 1
    assert _refused(make_zip({f"{n}": b"" for n in range(20)}))[0] == "too_large"
    assert _refused(make_json_line() * 2)[0] == "too_large"


def test_a_file_that_is_too_large_is_refused(settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    assert _refused(make_json_line())[0] == "too_large"


@pytest.mark.parametrize(
    "content", [b"PK", b"PK\x03\x04" + b"x" * 99, b"PK\x05\x06" + b"\xff" * 18]
)
def test_a_broken_zip_is_refused(content: bytes) -> None:
    assert _refused(content)[0] == "unreadable"


def test_a_zip_that_is_cut_or_bent_anywhere_never_ends_in_an_error() -> None:
    whole = make_idx_zip().getvalue()
    for place in range(0, len(whole), 7):
        for file in (whole[:place], whole[:place] + b"\xff" + whole[place + 1 :]):
            try:
                dry_run_import(file)
            except CannotImport:
                continue


@pytest.mark.parametrize(
    "file",
    [
        make_idx_zip(RASTER[:-1]),
        make_idx_zip(RASTER + b"x"),
        make_idx_zip(labels=b""),
        make_idx_zip(labels=b"\x03\x04"),
        make_idx_zip(count=2**32 - 1),
        make_idx_zip(
            files={"train-images-idx3-ubyte": struct.pack(">4I", 0x803, 1, 29, 28) + RASTER}
        ),
        make_idx_zip(
            files={"train-images-idx3-ubyte": struct.pack(">4I", 0x0D03, 1, 28, 28) + RASTER}
        ),
        make_idx_zip(files={"train-labels-idx1-ubyte": struct.pack(">2I", 0x801, 2) + b"\x03\x04"}),
        make_idx_zip(files={"train-images-idx3-ubyte": b"\0\0"}),
        make_zip({"train-images-idx3-ubyte": b""}),
        make_zip({"train-images-idx3-ubyte": struct.pack(">4I", 0x803, 0, 28, 28)}),
    ],
    ids=range(11),
)
def test_idx_that_does_not_hold_what_it_says_is_refused(file: io.BytesIO) -> None:
    assert _refused(file)[0] == "unreadable"


@pytest.mark.parametrize(
    "file", [make_idx_zip(bytes(784)), make_idx_zip(labels=b"\x0b")], ids=["blank", "label"]
)
def test_an_image_of_idx_that_is_none_is_refused(file: io.BytesIO) -> None:
    assert dry_run_import(file).refusals[0].place == "train image 1"


@pytest.mark.parametrize(
    ("row", "picture"),
    [
        ("b.png,3", PNG),
        (",3", PNG),
        ("../../etc/passwd,3", PNG),
        ("a.png,=1+1", PNG),
        ("a.png,", PNG),
        ("a.png", PNG),
        ("a.png,3", b""),
        ("a.png,3", b"\xff\xd8" + b"x" * 99),
        ("a.png,3", PNG[:50]),
        ("a.png,3", BIG_PNG),
        ("a.png,3", PNG + b"x" * 2**15),
        ("a.png,3", encode_png(bytes(784))),
    ],
    ids=range(12),
)
def test_a_row_without_a_fit_picture_is_refused(row: str, picture: bytes) -> None:
    assert _reason(make_csv_zip(row, files={"a.png": picture}))


@pytest.mark.parametrize("head", ["", "label", "\xff", "file;label"])
def test_a_table_without_its_columns_is_refused(head: str) -> None:
    assert _refused(make_csv_zip("a.png,3", head=head))[0] == "unreadable"


def test_a_table_that_is_no_text_is_refused() -> None:
    assert _refused(make_zip({"labels.csv": b"file,label\r\n\xff\xfe,3\r\n"}))[0] == "unreadable"
    assert (
        _refused(make_zip({"labels.csv": b'file,label\r\n"' + b"x" * 200_000}))[0] == "unreadable"
    )


def test_the_interface_tells_which(admin_api: ApiClient, settings: Settings) -> None:
    def send(file: bytes | io.BytesIO) -> tuple[int, str]:
        return problem_code(admin_api.form("snapshots/import/", file=make_upload(file)))

    assert send(make_zip({"../x": b""})) == (400, "unsafe_archive")
    assert send(make_zip({"x": b""})) == (415, "unsupported")
    assert send(b"PK") == (400, "unreadable")
    settings.IMPORT_MAX_DRAWINGS = 1
    assert send(make_json_line() * 2) == (413, "too_large")
    assert not Snapshot.objects.exists()


def test_a_file_that_fails_late_leaves_no_snapshot_and_comes_in_later(settings: Settings) -> None:
    settings.IMPORT_MAX_DRAWINGS = 600
    assert _refused(make_json_line() * 601)[0] == "too_large"
    assert SnapshotDrawing.objects.count() == 500
    settings.IMPORT_MAX_DRAWINGS = 601
    imported = import_snapshot(io.BytesIO(make_json_line() * 601), by=None)
    assert (imported.report.drawings, SnapshotDrawing.objects.count()) == (601, 601)
    assert json.loads(json.dumps(imported.report.as_json()))["refused"] == 0
