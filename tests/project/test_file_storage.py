"""The storage setting, and a storage that is unavailable."""

from pathlib import Path
from typing import NoReturn

import pytest
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from digitsite.storage_url import parse_storage_url
from recognizer.registry.artifact_store import CannotFetch, fetch_model
from tests.fixtures.releases import register_variant


def test_files_are_in_the_state_directory_by_default(settings: Settings) -> None:
    assert parse_storage_url("")["BACKEND"].endswith("FileSystemStorage")
    assert settings.MEDIA_ROOT == settings.STATE_DIR / "files"


def test_parses_bucket_prefix_endpoint_and_region() -> None:
    url = "s3://digits/site/a?endpoint=https://minio.example:9000&region=eu-central-1"
    storage = parse_storage_url(url)
    assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
    assert storage["OPTIONS"] == {
        "bucket_name": "digits",
        "location": "site/a",
        "file_overwrite": False,
        "default_acl": None,
        "querystring_auth": True,
        "endpoint_url": "https://minio.example:9000",
        "region_name": "eu-central-1",
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket/x",
        "s3://",
        "s3:///prefix",
        "bucket",
        "s3://b/p?regoin=x",
        "s3://key:secret@b",
        "s3://digits:80/site",
        "s3://digits?endpoint=minio",
        "s3://digits?endpoint=minio:9000",
        "s3://digits?endpoint=http://minio:99999",
        "s3://digits?region=",
        "s3://[b/p",
    ],
)
def test_refuses_an_invalid_url(url: str) -> None:
    with pytest.raises(ValueError, match="must be s3://") as refusal:
        parse_storage_url(url)
    assert "secret" not in str(refusal.value)


def test_storage_backend_is_installed() -> None:
    storage = parse_storage_url("s3://digits/site")
    instance = import_string(storage["BACKEND"])(**storage["OPTIONS"])
    assert (instance.bucket_name, instance.location) == ("digits", "site")


def test_unavailable_storage_raises_cannot_fetch(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenger = register_variant(tmp_path)

    class UnavailableError(Exception):
        pass

    def fail(name: str) -> NoReturn:
        raise UnavailableError("no connection")

    monkeypatch.setattr(default_storage, "open", fail)
    with pytest.raises(CannotFetch, match="no connection"):
        fetch_model(challenger, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []
