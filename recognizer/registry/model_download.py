"""A model as a zip file: weights, ONNX, model card, licence notes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from django.core.files.storage import default_storage

from recognizer.models import ModelVersion, TrainingRun, User
from recognizer.permission_checked_lookups import NotFound
from recognizer.registry.artifact_store import CARD_FILE
from recognizer.streaming_download import CHUNK_SIZE_BYTES, StreamedZip

README_TEMPLATE = """\
# {ref}

A network of the architecture {architecture} that recognizes handwritten digits.

| file | content |
|---|---|
| `model.onnx` | the network for ONNX Runtime |
| `weights.safetensors` | the weights, in the safetensors format |
| `browser.bin` | the network for the browser preview, if it has one |
| `card.json` | the model card: input, classes, thresholds, temperature, data, metrics |
| `SHA256SUMS` | hashes of the files, for `sha256sum --check` |

Input: 28x28 pixels with bright ink, as `input` in the model card describes. The eleven classes are
the digits and "not a digit". Digitsite's `python -m ml` loads this folder.

## Licence

{licence}
"""
BUNDLED_LICENCE = """\
This model comes with Digitsite, whose authors publish the weights under the MIT licence as far as
they hold rights in them. The model card contains a few pictures of MNIST (CC BY-SA 3.0) and of the
pen digits (CC BY 4.0), which stay under those licences. NOTICE in the repository of Digitsite lists
the data sets."""
TRAINED_LICENCE = """\
This model was trained at a Digitsite, on drawings of its users who agreed to that and on the public
data in the model card. The operator of the site decides on its licence. Without one, all rights are
reserved. The public data stays under its licences, which NOTICE in the repository lists."""


def is_downloadable(version: ModelVersion, viewer: User | None) -> bool:
    """Return whether the viewer may have the files: everyone after the model served, admins always.

    A model that never served may never be released.
    """
    has_files = bool(version.card.get("files"))
    return has_files and ((viewer is not None and viewer.is_admin) or version.promotions.exists())


def download_model(version: ModelVersion, viewer: User | None) -> Iterator[bytes]:
    """Return the pieces of the zip. Raises NotFound, also if a file is missing."""
    names = sorted(version.card.get("files", {}))
    is_complete = all(default_storage.exists(f"{version.folder}/{name}") for name in names)
    if not is_downloadable(version, viewer) or not is_complete:
        raise NotFound("There are no files of this model.")
    return _write_zip(version, names)


def _write_zip(version: ModelVersion, names: list[str]) -> Iterator[bytes]:
    """The model card in the zip is that of the release; later metrics are in the API."""
    folder, archive = version.ref, StreamedZip()
    for name in names:
        info = zipfile.ZipInfo(f"{folder}/{name}", version.created_at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if name == CARD_FILE else zipfile.ZIP_STORED
        with (
            default_storage.open(f"{version.folder}/{name}") as file,
            archive.open(info, "w") as entry,
        ):
            while chunk := file.read(CHUNK_SIZE_BYTES):
                entry.write(chunk)
                yield archive.take()
    sums = "".join(f"{version.card['files'][name]}  {name}\n" for name in names)
    archive.writestr(f"{folder}/SHA256SUMS", sums)
    is_trained_here = TrainingRun.objects.filter(model=version).exists()
    text = README_TEMPLATE.format(
        ref=version.ref,
        architecture=version.architecture,
        licence=TRAINED_LICENCE if is_trained_here else BUNDLED_LICENCE,
    )
    archive.writestr(f"{folder}/README.md", text)
    archive.close()
    yield archive.take()
