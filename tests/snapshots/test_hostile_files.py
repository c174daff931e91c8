"""Imports of broken and malicious files."""

import base64
import io
import json
import struct
import zipfile

import pytest
from pytest_django.fixtures import Settings

from recognizer.drawings.raster_png import encode_png
from recognizer.models import Snapshot, SnapshotDrawing
from recognizer.snapshots.imports.import_records import CannotImport
from recognizer.snapshots.imports.importer import import_snapshot
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


def _get_refusal(file: bytes | io.BytesIO) -> tuple[str, str]:
    """Return the code and detail of a rejected file. No snapshot may exist after it."""
    opened = io.BytesIO(file) if isinstance(file, bytes) else file
    with pytest.raises(CannotImport) as caught:
        import_snapshot(opened, by=None)
    assert not Snapshot.objects.exists()
    return caught.value.code, caught.value.message


def _get_reason(file: bytes | io.BytesIO) -> str:
    """Return the reason for rejecting the only drawing of this file."""
    report = dry_run_import(file)
    assert (report.num_drawings, report.num_rejected) == (0, 1)
    return report.rejected[0].reason


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
def test_rejects_an_invalid_line_without_quoting_it(text: bytes) -> None:
    report = dry_run_import(make_json_line() + text)
    assert (report.num_drawings, report.num_rejected) == (1, 1)
    reason = report.rejected[0].reason
    assert "cmd" not in reason
    assert len(reason) < 100


def test_reads_the_lines_after_an_overlong_one() -> None:
    report = dry_run_import(make_json_line() + b"x" * 2**20 + b"\n" + make_json_line())
    assert (report.num_drawings, [one.location for one in report.rejected]) == (2, ["line 2"])


def test_refuses_a_zip_bomb() -> None:
    assert _get_refusal(make_csv_zip(files={"b.png": bytes(2**24)}))[0] == "unsafe_archive"


def test_refuses_a_zip_bomb_with_a_false_size() -> None:
    archive_file = make_idx_zip(RASTER * 100, bytes([3] * 100), count=100)
    content = archive_file.getvalue().replace(
        struct.pack("<L", 16 + 78_400), struct.pack("<L", 16 + 784)
    )
    assert _get_refusal(content)[0] == "unreadable"


def test_refuses_idx_files_that_state_too_many_images() -> None:
    assert _get_refusal(make_idx_zip(count=2**32 - 1))[0] == "too_large"


def test_refuses_a_zip_that_unpacks_to_too_much(settings: Settings) -> None:
    settings.IMPORT_MAX_UNPACKED_BYTES = 1000
    assert (
        _get_refusal(make_csv_zip("a.png,3", files={"b": bytes(range(256)) * 4}))[0] == "too_large"
    )


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "C:\\x", "..\\x"])
def test_refuses_a_path_outside_the_archive(name: str) -> None:
    assert _get_refusal(make_csv_zip("a.png,3", files={name: PNG}))[0] == "unsafe_archive"


def test_refuses_a_symbolic_link() -> None:
    archive_file = make_csv_zip("a.png,3")
    link = zipfile.ZipInfo("b.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive_file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert _get_refusal(archive_file)[0] == "unsafe_archive"


def test_refuses_duplicate_file_names() -> None:
    archive_file = make_csv_zip("a.png,3")
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(archive_file, "a") as archive,
    ):
        archive.writestr("a.png", PNG)
    assert _get_refusal(archive_file)[0] == "unsafe_archive"


def test_refuses_an_unsupported_compression() -> None:
    assert (
        _get_refusal(make_zip({"labels.csv": b"file,label"}, zipfile.ZIP_LZMA))[0] == "unsupported"
    )


def test_refuses_too_many_files(settings: Settings) -> None:
    settings.IMPORT_MAX_DRAWINGS = 1
    assert _get_refusal(make_zip({f"{n}": b"" for n in range(20)}))[0] == "too_large"
    assert _get_refusal(make_json_line() * 2)[0] == "too_large"


def test_refuses_a_large_file(settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    assert _get_refusal(make_json_line())[0] == "too_large"


@pytest.mark.parametrize(
    "content", [b"PK", b"PK\x03\x04" + b"x" * 99, b"PK\x05\x06" + b"\xff" * 18]
)
def test_refuses_a_corrupt_zip(content: bytes) -> None:
    assert _get_refusal(content)[0] == "unreadable"


def test_a_truncated_or_changed_zip_never_raises_other_errors() -> None:
    content = make_idx_zip().getvalue()
    for place in range(0, len(content), 7):
        for file in (content[:place], content[:place] + b"\xff" + content[place + 1 :]):
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
        make_idx_zip(count=5),
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
def test_refuses_idx_files_that_do_not_match_their_header(file: io.BytesIO) -> None:
    assert _get_refusal(file)[0] == "unreadable"


@pytest.mark.parametrize(
    "file", [make_idx_zip(bytes(784)), make_idx_zip(labels=b"\x0b")], ids=["blank", "label"]
)
def test_rejects_a_blank_image_and_an_invalid_label(file: io.BytesIO) -> None:
    assert dry_run_import(file).rejected[0].location == "training image 1"


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
def test_rejects_a_row_without_a_valid_picture(row: str, picture: bytes) -> None:
    assert _get_reason(make_csv_zip(row, files={"a.png": picture}))


@pytest.mark.parametrize("header", ["", "label", "\xff", "file;label"])
def test_refuses_a_table_without_its_columns(header: str) -> None:
    assert _get_refusal(make_csv_zip("a.png,3", header=header))[0] == "unreadable"


def test_refuses_a_table_that_is_not_utf_8() -> None:
    assert (
        _get_refusal(make_zip({"labels.csv": b"file,label\r\n\xff\xfe,3\r\n"}))[0] == "unreadable"
    )
    assert (
        _get_refusal(make_zip({"labels.csv": b'file,label\r\n"' + b"x" * 200_000}))[0]
        == "unreadable"
    )


def test_the_api_returns_the_status_of_each_code(admin_api: ApiClient, settings: Settings) -> None:
    def send(file: bytes | io.BytesIO) -> tuple[int, str]:
        return problem_code(admin_api.form("snapshots/import/", file=make_upload(file)))

    assert send(make_zip({"../x": b""})) == (400, "unsafe_archive")
    assert send(make_zip({"x": b""})) == (415, "unsupported")
    assert send(b"PK") == (400, "unreadable")
    settings.IMPORT_MAX_DRAWINGS = 1
    assert send(make_json_line() * 2) == (413, "too_large")
    assert not Snapshot.objects.exists()


def test_a_failed_import_can_be_repeated(settings: Settings) -> None:
    settings.IMPORT_MAX_DRAWINGS = 600
    assert _get_refusal(make_json_line() * 601)[0] == "too_large"
    assert SnapshotDrawing.objects.count() == 500
    settings.IMPORT_MAX_DRAWINGS = 601
    result = import_snapshot(io.BytesIO(make_json_line() * 601), by=None)
    assert (result.report.num_drawings, SnapshotDrawing.objects.count()) == (601, 601)
    report = result.report.as_json(dry_run=False, snapshot=None)
    assert json.loads(json.dumps(report))["refused"] == 0
