"""Download of a missing MNIST, and the fallback to synthetic digits."""

import gzip
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pooch
import pytest

from ml.data import datasets, mnist_download
from ml.data.datasets import DatasetMissing, load_mnist
from ml.retraining.rehearsal_data import load_rehearsal_data

pytestmark = pytest.mark.slow

Urls = list[str]


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DIGITSITE_HOME", str(tmp_path / "home"))
    datasets.clear_dataset_cache()
    yield tmp_path / "home" / "data" / "mnist"
    datasets.clear_dataset_cache()


@pytest.fixture
def mirrors(
    handwriting: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty_cache: Path
) -> Urls:
    """Requested URLs. The second mirror has MNIST; the first has other content."""
    writers = tmp_path / "published"
    writers.mkdir()
    for part in ("train", "test"):
        name = f"qmnist-{part}-labels-idx2-int.gz"
        with np.load(handwriting / "mnist" / f"mnist_{part}_writers.npz") as table:
            rows = np.zeros((len(table["writer"]), 8), dtype=">i4")
            rows[:, 1], rows[:, 2] = table["hsf"], table["writer"]
        packed = gzip.compress(bytes(12) + rows.tobytes())
        (writers / name).write_bytes(packed)
        found = hashlib.sha256(packed).hexdigest()
        monkeypatch.setitem(mnist_download.WRITER_HASHES, name, f"sha256:{found}")
    requested: Urls = []

    def write_file(self: object, url: str, output_file: str, *rest: object) -> None:
        requested.append(url)
        name = url.rsplit("/", 1)[1]
        if url.startswith(mnist_download.MNIST_MIRRORS[0]):
            Path(output_file).write_bytes(b"something else")
        else:
            found = writers / name
            shutil.copy(found if found.exists() else handwriting / "mnist" / name, output_file)

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", write_file)
    return requested


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    def refuse(self: object, url: str, *rest: object) -> None:
        raise OSError("No route to host")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)


def test_downloads_mnist_from_the_mirror_with_the_right_hash(
    mirrors: Urls, empty_cache: Path, handwriting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_rehearsal_data("mnist")

    assert len(data.training.bitmaps) == 49_841
    assert data.validation.sets.keys() == {"mnist", "generated"}
    assert any(url.startswith(mnist_download.MNIST_MIRRORS[1]) for url in mirrors)
    downloaded = set(load_mnist("holdout").writers.tolist())
    monkeypatch.setenv("DIGITSITE_DATA", str(handwriting))
    datasets.clear_dataset_cache()
    assert downloaded == set(load_mnist("holdout").writers.tolist())
    assert not list(empty_cache.glob("*.tmp"))


def test_does_not_download_twice(mirrors: Urls) -> None:
    load_rehearsal_data("mnist")
    requested = len(mirrors)
    load_rehearsal_data("mnist")
    assert len(mirrors) == requested


def test_without_data_digits_are_synthetic(offline: None) -> None:
    data = load_rehearsal_data("all")

    assert data.kind == "synthetic"
    assert data.validation.sets.keys() == {"synthetic", "generated"}
    assert {ink.label for ink in data.training.digits} == set(range(10))


def test_without_pen_strokes_rehearses_mnist_only(mirrors: Urls) -> None:
    data = load_rehearsal_data("all")

    assert data.kind == "mnist"
    assert not data.training.digits


def test_only_rehearsal_downloads(
    offline: None, monkeypatch: pytest.MonkeyPatch, empty_cache: Path
) -> None:
    forbidden: Callable[..., None] = lambda *_: pytest.fail("downloaded")  # noqa: E731
    monkeypatch.setattr(mnist_download, "download_mnist", forbidden)
    with pytest.raises(DatasetMissing):
        load_mnist("train")
    assert load_rehearsal_data("synthetic").kind == "synthetic"
