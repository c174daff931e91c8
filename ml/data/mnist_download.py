"""Download of MNIST from its publishers' mirrors into a cache folder, checked by SHA-256.

The pen strokes are not downloaded: they are published only in a format that is not supported here.
"""

from __future__ import annotations

import gzip
import logging
import os
from pathlib import Path

import numpy as np

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
QMNIST_MIRRORS = ("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",)
WRITER_HASHES = {
    "qmnist-train-labels-idx2-int.gz": "md5:0058f8dd561b90ffdd0f734c6a30e5e4",
    "qmnist-test-labels-idx2-int.gz": "md5:5b5b05890a5e13444e108efe57b788aa",
}
"""Eight numbers for each image of MNIST, in its order (the test set's first 10,000): the digit, the
series, the writer, …. Their publisher gives md5 only; the file has integers, no pickle."""

DOWNLOAD_TIMEOUT_S = 20
_SERIES_COLUMN, _WRITER_COLUMN = 1, 2

log = logging.getLogger(__name__)


class CannotDownload(Exception):
    """No mirror has the file with the expected hash."""


def find_cache_dir() -> Path:
    """Return the download folder: in DIGITSITE_HOME if it is set, otherwise in the user's cache."""
    if home := os.environ.get("DIGITSITE_HOME"):
        return Path(home) / "data"
    import pooch

    return Path(pooch.os_cache("digitsite"))


def download_mnist(sha256: dict[str, str]) -> None:
    """Download MNIST's files (name to SHA-256) and the tables of their writers into the cache.

    Raises CannotDownload.
    """
    folder = find_cache_dir() / "mnist"
    for name, expected in sha256.items():
        _download_file(MNIST_MIRRORS, name, f"sha256:{expected}", folder)
    for part, count in (("train", 60_000), ("test", 10_000)):
        name = f"qmnist-{part}-labels-idx2-int.gz"
        packed = _download_file(QMNIST_MIRRORS, name, WRITER_HASHES[name], folder)
        _save_writer_table(folder / f"mnist_{part}_writers.npz", packed, count)


def _download_file(mirrors: tuple[str, ...], name: str, known_hash: str, folder: Path) -> Path:
    import pooch  # imported here because it takes 0.3 s and is rarely needed

    pooch.get_logger().setLevel("WARNING")
    for mirror in mirrors:
        try:
            downloader = pooch.HTTPDownloader(timeout=DOWNLOAD_TIMEOUT_S)
            path = pooch.retrieve(
                mirror + name, known_hash, fname=name, path=folder, downloader=downloader
            )
        except (OSError, ValueError) as error:  # no connection; wrong hash
            log.warning("%s%s: %s", mirror, name, error)
        else:
            return Path(path)
    raise CannotDownload(f"No mirror has {name} with the hash {known_hash}.")


def _save_writer_table(path: Path, packed: Path, count: int) -> None:
    """Save the writer of each image in the format of the data folder."""
    table = np.frombuffer(gzip.decompress(packed.read_bytes()), dtype=">i4", offset=12)
    rows = table.reshape(-1, 8)[:count].astype(np.int32)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez(file, hsf=rows[:, _SERIES_COLUMN], writer=rows[:, _WRITER_COLUMN])
    temporary.replace(path)
