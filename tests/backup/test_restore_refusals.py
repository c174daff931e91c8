"""`manage.py backup` and `restore` in one process: equal rows, and what is refused."""

import io
import json
import random
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.db import connection
from pytest_django.fixtures import Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.models import (
    AuditEvent,
    Drawing,
    ModelVersion,
    Snapshot,
    SnapshotDrawing,
    SnapshotItem,
    User,
)
from recognizer.snapshots.build import build_snapshot
from tests.backup.database_tables import assert_same_rows, read_rows
from tests.pipeline.factories import make_submission, store_drawings
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

PICTURE = "pictures/aa/x.png"

Edit = Callable[[dict[str, bytes]], None]


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def site(owner: User, admin: User) -> None:
    """Store rows with values of many types, a picture and a training set."""
    make_labelled_drawing(make_teaching_user("teacher"), 4)
    build_snapshot(by=admin)
    store_drawings(make_submission(owner), make_submission(owner, ink="", picture=PICTURE))
    default_storage.save(PICTURE, ContentFile(b"a picture \x00\xff"))
    create_token(user=owner, name="Ünïcode \N{SNOWMAN}", days=30)
    EmailAddress.objects.create(user=owner, email="owner@example.org", verified=True)
    Authenticator.objects.create(user=admin, type="totp", data={"secret": "x", "nested": [1, None]})


@pytest.fixture
def backup(site: None, tmp_path: Path) -> Path:
    path = tmp_path / "site.backup"
    call_command("backup", path)
    return path


def empty_site() -> None:
    """Delete what makes a site non-empty. `restore` deletes the rows of migrations itself."""
    for model in (SnapshotItem, SnapshotDrawing, Snapshot, Drawing, ModelVersion):
        model._default_manager.all().delete()
    User.objects.all().delete()
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), [AuditEvent._meta.db_table]):
            cursor.execute(statement)
    default_storage.delete(PICTURE)


def rewrite(path: Path, edit: Edit) -> None:
    """Change the members of a backup, as a program would that also updates the checksums."""
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def edit_manifest(**fields: Any) -> Edit:
    def edit(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps({**manifest, **fields}).encode()

    return edit


def remove(name: str) -> Edit:
    def edit(members: dict[str, bytes]) -> None:
        del members[name]

    return edit


def replace(name: str, content: bytes) -> Edit:
    def edit(members: dict[str, bytes]) -> None:
        members[name] = content

    return edit


def test_restores_every_row_and_file(backup: Path) -> None:
    connection.ensure_connection()
    original = read_rows(connection.connection)
    assert original["recognizer_drawing"]
    assert original["recognizer_snapshotitem"]
    empty_site()
    call_command("restore", backup)
    assert_same_rows(read_rows(connection.connection), original)
    with default_storage.open(PICTURE) as picture:
        assert picture.read() == b"a picture \x00\xff"
    assert User.objects.create_user("next", password="x").pk not in {
        row[0] for row in original["recognizer_user"]
    }


def test_a_backup_is_private_and_overwrites_nothing(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    content = backup.read_bytes()
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", backup)
    assert backup.read_bytes() == content
    assert list(backup.parent.glob("*.part")) == []


def test_writes_to_standard_output(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(pipe))
    call_command("backup", "-")
    with ZipFile(io.BytesIO(pipe.getvalue())) as archive:
        assert archive.testzip() is None


def test_notes_a_file_that_is_missing(site: None, tmp_path: Path) -> None:
    default_storage.delete(PICTURE)
    errors = io.StringIO()
    call_command("backup", tmp_path / "site.backup", stderr=errors)
    assert PICTURE in errors.getvalue()


@pytest.mark.parametrize("position", [0.1, 0.5, 0.9, 0.999])
def test_refuses_a_truncated_backup(backup: Path, position: float) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(len(content) * position)])
    assert_refused(backup, "damaged")


def test_refuses_or_ignores_every_damaged_byte(backup: Path) -> None:
    """A byte without meaning, such as the date of a member, may differ. No content may."""
    whole = backup.read_bytes()
    empty_site()
    chosen = random.Random(7).sample(range(len(whole)), 300)
    refused = 0
    for position in chosen:
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        refused += is_refused(bytes(damaged), whole)
    assert refused > len(chosen) / 2


def is_refused(damaged: bytes, whole: bytes) -> bool:
    from recognizer.backup.archive_format import CannotRestore
    from recognizer.backup.site_restore import open_backup

    try:
        archive, _ = open_backup(io.BytesIO(damaged))
    except CannotRestore:
        return True
    with ZipFile(io.BytesIO(whole)) as original:
        for name in original.namelist():
            assert archive.read(name) == original.read(name)
    return False


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (remove("tables/recognizer_user.jsonl"), "damaged"),
        (remove("secret-key"), "damaged"),
        (remove("manifest.json"), "damaged"),
        (replace("tables/other.jsonl", b"[]"), "damaged"),
        (replace(f"files/{PICTURE}", b"another"), "damaged"),
        (replace("manifest.json", b"[]"), "damaged"),
        (replace("manifest.json", b"\xff"), "damaged"),
        (edit_manifest(format=2), "newer"),
        (edit_manifest(migrations={"recognizer": ["0001_first", "9999_future"]}), "newer"),
        (edit_manifest(migrations={"other_app": ["0001_first"]}), "newer"),
        (edit_manifest(migrations={"recognizer": ["0001_first"]}), "newer than the backup"),
    ],
)
def test_refuses_another_content(backup: Path, edit: Edit, words: str) -> None:
    rewrite(backup, edit)
    assert_refused(backup, words)


def test_refuses_a_site_with_users(backup: Path) -> None:
    before = User.objects.count()
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", backup)
    assert User.objects.count() == before


def test_refuses_another_secret_key(backup: Path, settings: Settings) -> None:
    settings.SECRET_KEY = "another-secret-key-of-32-characters"
    assert_refused(backup, "SECRET_KEY")


def test_refuses_to_replace_a_file(backup: Path) -> None:
    empty_site()
    default_storage.save(PICTURE, ContentFile(b"of another site"))
    with pytest.raises(CommandError, match=PICTURE):
        call_command("restore", backup)
    assert not User.objects.exists()


def test_refuses_a_missing_file(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        call_command("restore", tmp_path / "missing.backup")


def assert_refused(path: Path, words: str) -> None:
    empty_site()
    with pytest.raises(CommandError, match=words):
        call_command("restore", path)
    assert not User.objects.exists()
    assert not default_storage.exists(PICTURE)
