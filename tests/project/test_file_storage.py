"""Where files are kept, from its setting; and a storage that is away."""

from pathlib import Path
from typing import NoReturn

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from digitsite.storage import parse_storage_url
from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CannotFetch, fetch_model


def test_without_the_setting_files_lie_in_the_home(settings: Settings) -> None:
    assert parse_storage_url("")["BACKEND"].endswith("FileSystemStorage")
    assert settings.MEDIA_ROOT == settings.STATE_DIR / "files"


def test_a_bucket_is_named_with_its_prefix_endpoint_and_region() -> None:
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
    ],
)
def test_what_makes_no_sense_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL"):
        parse_storage_url(url)


def test_the_storage_it_names_is_installed() -> None:
    storage = parse_storage_url("s3://digits/site")
    made = import_string(storage["BACKEND"])(**storage["OPTIONS"])
    assert (made.bucket_name, made.location) == ("digits", "site")


def test_a_storage_that_is_away_is_a_model_that_cannot_be_fetched(
    challenger: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AwayError(Exception):
        pass

    def away(name: str) -> NoReturn:
        raise AwayError("no connection")

    monkeypatch.setattr(default_storage, "open", away)
    with pytest.raises(CannotFetch, match="no connection"):
        fetch_model(challenger, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []
