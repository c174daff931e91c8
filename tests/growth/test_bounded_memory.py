"""Exports and training sets need little memory for each drawing."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Iterator
from io import BytesIO
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import Snapshot, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.diff import diff_snapshots
from recognizer.snapshots.manifest import LineBuffer, Manifest, ManifestLine, StoredLine
from recognizer.streaming_download import StreamedZip
from tests.review.factories import append_label, make_teaching_drawing

NUM_FILES = 20_000


@pytest.fixture
def _traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def _write_zip(num_files: int) -> Iterator[bytes]:
    with StreamedZip() as archive:
        for number in range(num_files):
            archive.writestr(f"images/{UUID(int=number)}.png", b"x" * number, zipfile.ZIP_STORED)
            yield archive.take()
    yield archive.take()


def test_a_streamed_zip_can_be_read() -> None:
    archive = zipfile.ZipFile(BytesIO(b"".join(_write_zip(50))))
    assert archive.testzip() is None
    assert [len(archive.read(name)) for name in archive.namelist()] == list(range(50))


@pytest.mark.usefixtures("_traced")
def test_the_directory_of_a_zip_is_not_in_memory() -> None:
    with StreamedZip() as archive:
        for number in range(NUM_FILES):
            archive.writestr(f"images/{UUID(int=number)}.png", b"x", zipfile.ZIP_STORED)
            archive.take()
        memory, _ = tracemalloc.get_traced_memory()
    assert memory < 120 * NUM_FILES  # of which a megabyte is the buffer; zipfile needs 500 each


@pytest.mark.usefixtures("_traced")
def test_a_new_line_needs_45_bytes() -> None:
    manifest, buffer = Manifest(), LineBuffer()
    for number in range(NUM_FILES):
        rest = (number % 11, number, "holdout", f"{number % 500:016x}")
        manifest.add([ManifestLine(f"{number:032x}", 1, "ab" * 32, *rest)])
        buffer.add(StoredLine(UUID(int=number), number, *rest))
    memory, _ = tracemalloc.get_traced_memory()
    assert memory < 55 * NUM_FILES
    assert len(manifest) == len(buffer) == NUM_FILES
    *_, last = buffer
    assert last == (UUID(int=NUM_FILES - 1), NUM_FILES - 1, *rest)
    assert manifest.counts_json()["users"] == {"training": 0, "holdout": 500}


@pytest.mark.django_db
@pytest.mark.both_databases
def test_only_a_change_of_the_ground_truth_builds_a_new_set(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings = [make_teaching_drawing(owner) for _ in range(3)]
    for drawing in drawings:
        append_label(drawing, reviewer, 3)
    first = build_snapshot(by=None)
    with monkeypatch.context() as patched:
        patched.setattr("recognizer.snapshots.build._make_manifest", pytest.fail)
        assert build_snapshot(by=None) == first
    append_label(drawings[0], reviewer, 5)
    second = build_snapshot(by=None)
    assert second != first
    append_label(drawings[0], reviewer, 3)  # another label, so another manifest
    third = build_snapshot(by=None)
    assert Snapshot.objects.count() == 3
    User.objects.filter(pk=owner.pk).update(split="holdout")
    assert build_snapshot(by=None) not in (first, second, third)
    owner.drawings.filter(pk=drawings[1].pk).delete()
    assert build_snapshot(by=None).items.count() == 2


@pytest.mark.django_db
def test_commands_report_their_progress(
    owner: User,
    reviewer: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
) -> None:
    monkeypatch.setattr("recognizer.management.progress.INTERVAL_S", 0)
    append_label(make_teaching_drawing(owner), reviewer, 3)
    call_command("make_snapshot")
    output = capsys.readouterr()
    assert output.err == "1 of at most 1 drawings\n"
    call_command("export_snapshot", output.out.strip(), "csv", f"{tmp_path}/set.zip")
    assert "bytes written" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_difference_reads_only_the_lines_that_differ(owner: User, reviewer: User) -> None:
    drawings = [make_teaching_drawing(owner) for _ in range(4)]
    for drawing in drawings[:3]:
        append_label(drawing, reviewer, 3)
    first = build_snapshot(by=None)
    append_label(drawings[0], reviewer, 5)
    append_label(drawings[3], reviewer, 3)
    second = build_snapshot(by=None)
    cache.clear()  # the difference is stored with the set
    with CaptureQueriesContext(connection) as queries:
        diff = diff_snapshots(first, second)
    texts = [query["sql"] for query in queries if '"label"' in query["sql"]]
    assert len(texts) == 2
    assert f'"last_number" < {second.number}' in texts[0]
    assert f'"first_number" > {first.number}' in texts[1]
    assert (diff.in_both, sum(diff.added), sum(diff.removed)) == (3, 1, 0)
    assert dict(diff.relabel_counter) == {(3, 5): 1}
