"""Files that other programs or publishers wrote, and exports that come back to their site."""

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from threading import Thread

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from ml.preprocessing.rasterize import rasterize
from recognizer.drawings.raster_png import encode_png
from recognizer.maintenance.deleted_drawing_erasure import erase_drawings
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import Snapshot, SnapshotDrawing, User
from recognizer.protocol import SIDE_BY_SIDE_QUEUE
from recognizer.registry.promotion import promote_default_model
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.imports.import_check import RESULT_KEY_PREFIX, compare_with_champion
from recognizer.snapshots.imports.import_records import CannotImport, ImportRecord
from recognizer.snapshots.training_samples import usable_items
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.broker_tasks import decode_task
from tests.fixtures.deadlines import deadline
from tests.fixtures.releases import SHIPPED
from tests.pipeline.factories import load_strokes
from tests.snapshots.archive_files import (
    RASTER,
    dry_run_import,
    import_file,
    make_csv_zip,
    make_idx_zip,
    make_json_line,
    make_zip,
    write_archive,
)
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from workers.comparison.check_import_task import check_import

pytestmark = pytest.mark.django_db

IMAGES = struct.pack(">4I", 0x803, 2, 28, 28) + RASTER * 2
LABELS = struct.pack(">2I", 0x801, 2) + b"\x03\x04"


def _named_idx(name: str, *, compress: bool = False) -> io.BytesIO:
    """Return a zip with the files of one split; `name` has a place for `images` and `idx3`."""
    pack = gzip.compress if compress else bytes
    return make_zip(
        {
            name.format(kind="images", idx="idx3"): pack(IMAGES),
            name.format(kind="labels", idx="idx1"): pack(LABELS),
        }
    )


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-{kind}-{idx}-ubyte", "training"),
        ("train-{kind}.{idx}-ubyte", "training"),
        ("mnist/t10k-{kind}.{idx}-ubyte", "holdout"),
        ("raw/deep/train-{kind}-{idx}-ubyte", "training"),
        ("emnist-digits-test-{kind}-{idx}-ubyte", "holdout"),
        ("train-{kind}-{idx}-ubyte.gz", "training"),
        ("emnist-mnist-train-{kind}-{idx}-ubyte.gz", "training"),
    ],
)
def test_reads_idx_files_by_the_names_of_their_publishers(name: str, split: str) -> None:
    report = dry_run_import(_named_idx(name, compress=name.endswith(".gz")))
    assert (report.file_format, report.num_drawings, report.num_rejected) == ("idx", 2, 0)
    assert report.manifest.counts[split][3:5] == [1, 1]


def test_ignores_what_the_finder_adds_to_a_zip() -> None:
    file = _named_idx("train-{kind}-{idx}-ubyte")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("__MACOSX/._train-images-idx3-ubyte", b"x")
        archive.writestr("__MACOSX/train-images-idx3-ubyte", b"x")
    assert dry_run_import(file).num_drawings == 2


def test_refuses_two_files_for_the_same_images() -> None:
    file = _named_idx("train-{kind}-{idx}-ubyte")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("a/train-images-idx3-ubyte", IMAGES[:-1] + b"\1")
    with pytest.raises(CannotImport):
        dry_run_import(file)


def test_reads_a_zip_with_each_file_twice() -> None:
    file = _named_idx("train-{kind}.{idx}-ubyte")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("train-images-idx3-ubyte/train-images-idx3-ubyte", IMAGES)
        archive.writestr("train-labels-idx1-ubyte/train-labels-idx1-ubyte", LABELS)
    assert dry_run_import(file).num_drawings == 2


def test_reads_the_lines_after_one_that_is_no_object() -> None:
    for first in (b"\n", b"// comment\n", b"null\n", b"{\n"):
        assert dry_run_import(first + make_json_line() + make_json_line()).num_drawings == 2


def test_refuses_a_damaged_gzip_file() -> None:
    file = make_zip(
        {
            "train-images-idx3-ubyte.gz": gzip.compress(IMAGES)[:-20],
            "train-labels-idx1-ubyte.gz": gzip.compress(LABELS),
        }
    )
    with pytest.raises(CannotImport):
        dry_run_import(file)


@pytest.mark.parametrize("length", [201, 799, 800, 801, 1_100, 5_000])
def test_an_overlong_user_name_does_not_shift_the_later_ones(length: int) -> None:
    users = b"\n".join([b"anna", b"x" * length, b"carl"]) + b"\n"
    file = make_idx_zip(RASTER * 3, b"\1\2\3", count=3, files={"train-users.txt": users})
    report = dry_run_import(file)
    assert [one.location for one in report.rejected] == ["training image 2"]
    again = make_idx_zip(
        RASTER * 3, b"\1\2\3", count=3, files={"train-users.txt": b"anna\nanna\ncarl\n"}
    )
    assert len(dry_run_import(again).manifest.users["training"]) == 2


@pytest.mark.parametrize(
    ("users", "num_users"),
    [
        (b"\xef\xbb\xbfanna\nanna\n", 1),
        (b"anna\r\nanna\r\n", 1),
        (b"anna\nanna", 1),
        (b"anna\nanna\n\n", 1),
        ("Zoë\nZoë\n".encode(), 1),
        (b"\n\n", 2),
    ],
)
def test_reads_user_names_of_any_text_file(users: bytes, num_users: int) -> None:
    file = make_idx_zip(RASTER * 2, b"\1\2", count=2, files={"train-users.txt": users})
    assert len(dry_run_import(file).manifest.users["training"]) == num_users


@pytest.mark.parametrize("users", [b"", b"anna\n", b"anna\nberta\ncarl\n"])
def test_refuses_a_user_file_of_another_length(users: bytes) -> None:
    with pytest.raises(CannotImport):
        dry_run_import(make_idx_zip(RASTER * 2, b"\1\2", count=2, files={"train-users.txt": users}))


def test_reads_the_first_line_after_a_byte_order_mark() -> None:
    report = dry_run_import(b"\xef\xbb\xbf" + make_json_line() + make_json_line())
    assert (report.num_drawings, report.num_rejected) == (2, 0)
    table = make_csv_zip("a.png,3", header="\ufefffile,label")
    assert dry_run_import(table).num_drawings == 1


LABEL_TEXTS = [
    *[("7", 7), ("7.0", 7), ("7.", 7), ("7.000", 7), (" 7 ", 7), ("0.0", 0), ("07", 7)],
    *[("10", 10), ("10.0", 10), ("not_a_digit", 10), ("Not_A_Digit", 10)],
]


@pytest.mark.parametrize(("text", "label"), LABEL_TEXTS)
def test_reads_labels_as_spreadsheets_write_them(text: str, label: int) -> None:
    for file in (make_csv_zip(f"a.png,{text}"), make_json_line(label=text)):
        counts = dry_run_import(file).manifest.counts
        assert counts["training"][label] + counts["holdout"][label] == 1


@pytest.mark.parametrize(("value", "label"), [(7.0, 7), (0.0, 0), (10, 10), (10.0, 10)])
def test_reads_labels_that_are_numbers(value: float, label: int) -> None:
    counts = dry_run_import(make_json_line(label=value)).manifest.counts
    assert counts["training"][label] + counts["holdout"][label] == 1


@pytest.mark.parametrize("text", ["7.5", "11", "11.0", "-1", "-0.0", "1e0", "nan", "", "7 7", "٧"])
def test_rejects_other_labels(text: str) -> None:
    assert dry_run_import(make_csv_zip(f"a.png,{text}")).num_rejected == 1
    assert dry_run_import(make_json_line(label=text)).num_rejected == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"file,label\na.png,3\n",
        "file,label\n".encode("utf-16"),
        make_json_line().decode().encode("utf-16"),
        gzip.compress(make_json_line(), mtime=0),
        IMAGES,
        encode_png(RASTER),
        b"7z\xbc\xaf\x27\x1c",
        b"[1, 2]",
        b"SQLite format 3\0",
        b'[\n  {"label": 7, "strokes": []}\n]\n',
        b'[ {"label": 7} ]',
        b'{\n  "label": 7,\n  "strokes": []\n}\n',
        b"<!doctype html>\n<style>\nbody { margin: 0 }\n</style>",
        b"{\\rtf1\\ansi label}",
        b"int main() {\n{ return 0; }\n}\n",
    ],
    ids=lambda content: repr(content[:24]),
)
def test_refuses_a_file_of_another_type_as_a_whole(content: bytes) -> None:
    with pytest.raises(CannotImport, match="JSON Lines file in UTF-8") as caught:
        dry_run_import(content)
    assert caught.value.code in ("unsupported", "no_training_data")


def test_reads_a_table_in_a_folder() -> None:
    file = make_zip({"set/labels.csv": b"file,label\na.png,3\n", "set/a.png": encode_png(RASTER)})
    assert dry_run_import(file).num_drawings == 1


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _header_chunk(size: tuple[int, int]) -> bytes:
    return _png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))


def _png(*headers: tuple[int, int]) -> bytes:
    """Return a grayscale PNG with these header chunks, whose pixels are of the last size."""
    width, height = headers[-1]
    pixels = zlib.compress((b"\0" + b"\x80" * width) * height)
    chunks = [_header_chunk(size) for size in headers]
    chunks.append(_png_chunk(b"IDAT", pixels))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _png_chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        _png((28, 28), (56, 56)),
        _png((56, 56), (28, 27)),
        _png((28, 28), (3900, 3900))[: 15 * 1024],
        _png((27, 28)),
        _png((784, 1)),
    ],
    ids=["second", "smaller", "huge", "narrow", "strip"],
)
def test_a_picture_is_what_is_decoded(content: bytes) -> None:
    report = dry_run_import(make_csv_zip("b.png,3", files={"b.png": content}))
    assert (report.num_drawings, report.num_rejected) == (0, 1)


def test_reads_black_and_white_pictures() -> None:
    buffer = io.BytesIO()
    Image.frombytes("L", (28, 28), RASTER).point(lambda value: 255 * (value > 9)).convert("1").save(
        buffer, "PNG"
    )
    snapshot = import_file(make_csv_zip("b.png,3", files={"b.png": buffer.getvalue()}))
    raster = bytes(snapshot.items.get().drawing.raster or b"")
    assert (len(raster), set(raster)) == (784, {0, 255})


def test_decodes_each_picture_of_a_table_once() -> None:
    report = dry_run_import(make_csv_zip(*["a.png,3"] * 40))
    assert (report.num_drawings, report.num_rejected) == (1, 39)


@pytest.fixture
def exported() -> Callable[[str], bytes]:
    """Return the export of a set of two users, who drew a 3 and a 4."""
    make_labelled_drawing(make_teaching_user("anna"), 3)
    make_labelled_drawing(make_teaching_user("berta"), 4, ink="", picture="pictures/x.png")
    snapshot = build_snapshot(by=None)

    def export(export_format: str) -> bytes:
        return write_archive(snapshot, export_format).getvalue()

    return export


def _usable_labels(snapshot: Snapshot) -> list[int]:
    return sorted(usable_items(snapshot).values_list("label", flat=True))


def _erase_drawings_of(user: User) -> None:
    user.drawings.update(deleted_at=timezone.now())
    erase_drawings(list(user.drawings.all()))


@pytest.mark.parametrize("export_format", ["jsonl", "csv", "idx"])
def test_deletion_and_consent_reach_an_imported_copy(
    exported: Callable[[str], bytes], export_format: str
) -> None:
    imported = import_file(exported(export_format))
    assert (imported.is_imported, _usable_labels(imported)) == (True, [3, 4])
    berta = User.objects.get(username="berta")
    User.objects.filter(pk=berta.pk).update(may_teach=False)
    assert _usable_labels(imported) == [3]
    User.objects.filter(pk=berta.pk).update(may_teach=True)
    _erase_drawings_of(berta)
    assert _usable_labels(imported) == [3]
    assert not SnapshotDrawing.objects.filter(drawing_id__in=berta.drawings.values("pk")).exists()


@pytest.mark.parametrize("export_format", ["jsonl", "csv", "idx"])
def test_refuses_drawings_that_were_deleted_or_are_not_to_be_used(
    exported: Callable[[str], bytes], export_format: str
) -> None:
    content = exported(export_format)
    User.objects.filter(username="anna").update(may_teach=False)
    berta = User.objects.get(username="berta")
    _erase_drawings_of(berta)
    report = dry_run_import(content)
    assert (report.num_drawings, report.num_rejected) == (0, 2)


@pytest.mark.parametrize("split", [None, "training", "holdout"])
def test_drawings_of_this_site_keep_the_split_of_their_user(
    exported: Callable[[str], bytes], split: str | None
) -> None:
    lines = [json.loads(line) for line in exported("jsonl").splitlines()]
    text = "".join(json.dumps({**line, "split": split}) + "\n" for line in lines)
    imported = import_file(text.encode())
    assert set(imported.items.values_list("drawing__owner__username", "split")) == set(
        User.objects.exclude(split="").values_list("username", "split")
    )


def test_refuses_the_same_drawing_twice_and_revisions_not_stored(
    exported: Callable[[str], bytes],
) -> None:
    first = exported("jsonl").splitlines()[0]
    later = json.dumps({**json.loads(first), "revision": 7}).encode()
    report = dry_run_import(b"\n".join([first, first, later]))
    assert [one.location for one in report.rejected] == ["line 2", "line 3"]


@pytest.mark.parametrize(
    "drawing", ["a86e1a27-2ac5-4f4b-9f5e-6a1a4a0e5b51", "3", 7, None, "x" * 5000, ["a"]]
)
def test_imports_drawings_that_other_sites_named(drawing: object) -> None:
    report = dry_run_import(make_json_line(drawing=drawing, revision=1))
    assert (report.num_drawings, report.num_rejected) == (1, 0)


DIGIT_RASTERS = {label: rasterize(load_strokes(label)) for label in range(10)}


def _pop_task(valkey: BrokerProcess) -> list[str]:
    """Return the arguments of the next task."""
    with valkey.client(timeout_s=deadline(20)) as client:
        _, raw = client.blpop([redis_key(SIDE_BY_SIDE_QUEUE)], timeout=deadline(10))
    return decode_task(raw)[1]


def _records(change: Callable[[np.ndarray], np.ndarray]) -> list[ImportRecord]:
    return [
        ImportRecord("", label, "", "", "", "", np.ascontiguousarray(change(raster)).tobytes())
        for label, raster in DIGIT_RASTERS.items()
        for _ in range(2)
    ]


@pytest.mark.parametrize(
    ("change", "suspected"),
    [
        (lambda raster: raster, ""),
        (lambda raster: raster.T, "transposed"),
        (lambda raster: raster[:, ::-1], "mirrored"),
        (lambda raster: 255 - raster, "inverted"),
    ],
    ids=["as_given", "transposed", "mirrored", "inverted"],
)
@pytest.mark.django_db(transaction=True)
def test_the_champion_finds_changed_pictures(
    change: Callable[[np.ndarray], np.ndarray],
    suspected: str,
    valkey: BrokerProcess,
    settings: Settings,
) -> None:
    settings.IMPORT_CHECK_TIMEOUT_S = 60
    promote_default_model(SHIPPED)
    records = _records(change)
    found = []
    waiting = Thread(target=lambda: found.append(compare_with_champion(records)))
    waiting.start()
    task = _pop_task(valkey)
    assert task[0].startswith(RESULT_KEY_PREFIX)
    check_import(*task)
    waiting.join()
    (check,) = found
    assert check is not None
    assert (check.num_digits, check.suspected) == (20, suspected)
    assert max(check.agreement.values()) >= 18


def test_an_import_without_a_worker_has_no_comparison(
    valkey: BrokerProcess, settings: Settings
) -> None:
    settings.IMPORT_CHECK_TIMEOUT_S = 0.1
    raster = base64.b64encode(DIGIT_RASTERS[3].tobytes()).decode()
    report = dry_run_import(make_json_line(strokes=None, raster=raster))
    assert (report.num_drawings, report.champion_check) == (1, None)
