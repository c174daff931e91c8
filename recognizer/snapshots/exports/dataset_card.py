"""Dataset card (Hugging Face) and Croissant metadata (MLCommons) of an exported training set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from recognizer.models import Snapshot, Split
from recognizer.protocol.drawing_json_payloads import NOT_A_DIGIT

SPLIT_NAMES = {Split.TRAINING: "train", Split.HOLDOUT: "test"}
LABEL_NAMES = [*map(str, range(10)), NOT_A_DIGIT]
CROISSANT_VERSION = "http://mlcommons.org/croissant/1.0"
COLUMNS = {
    "image": ("sc:ImageObject", "The input of the model: 28x28 pixels, bright ink, as PNG."),
    "label": ("sc:Integer", "The digit, or 10: not a digit."),
    "strokes": ("sc:Text", "JSON of strokes of points [x, y, t_ms, pressure]; null: a picture."),
    "pointer": ("sc:Text", "mouse, touch or pen; empty if unknown."),
    "user": ("sc:Text", "Pseudonym of the user. A user is in one split only."),
    "drawing": ("sc:Text", "Id of the drawing at the site."),
    "revision": ("sc:Integer", "Revision of the drawing."),
}
CARD_TEMPLATE = """\
---
pretty_name: Handwritten digits {ref}
license: other
task_categories:
- image-classification
size_categories:
- {size}
configs:
- config_name: default
  data_files:
{data_files}
dataset_info:
  features:
  - name: image
    dtype: image
  - name: label
    dtype:
      class_label:
        names:
{label_names}
{other_features}
  splits:
{splits}
---

# Handwritten digits {ref}

{note}

A training set of a Digitsite: drawings of users who agreed to their use for training, with the
label that reviewers or users agreed on. SHA-256 of its manifest: `{sha256}`.

| split | drawings |
|---|---|
{rows}

## Columns

| column | meaning |
|---|---|
{columns}

## Use

- Users are pseudonyms, and each is in one split only: `test` can evaluate a model of `train`.
- Handwriting is personal data. Users may delete their drawings and withdraw their consent: export
  the set again before each use, and do not publish it without a legal basis.
- The operator of the site decides on the licence. Without one, all rights are reserved.
- The drawings were made on screens by the users of one site. They do not represent other groups.
"""
SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
)
OTHER_TYPES = {"sc:Text": "string", "sc:Integer": "int64"}


def render_dataset_card(snapshot: Snapshot, counts: Mapping[Split, int]) -> str:
    """Return README.md, given the drawings that each split has in the export."""
    splits = {SPLIT_NAMES[split]: count for split, count in counts.items() if count}
    others = [(name, kind) for name, (kind, _) in COLUMNS.items() if name not in ("image", "label")]
    return CARD_TEMPLATE.format(
        ref=snapshot.ref,
        sha256=snapshot.sha256,
        note=_escape_note(snapshot),
        size=_size_category(sum(splits.values())),
        data_files="\n".join(
            f"  - split: {name}\n    path: data/{name}-*.parquet" for name in splits
        ),
        label_names="\n".join(
            f"          '{value}': '{name}'" for value, name in enumerate(LABEL_NAMES)
        ),
        other_features="\n".join(
            f"  - name: {name}\n    dtype: {OTHER_TYPES[kind]}" for name, kind in others
        ),
        splits="\n".join(
            f"  - name: {name}\n    num_examples: {count}" for name, count in splits.items()
        ),
        rows="\n".join(f"| {name} | {count:,} |" for name, count in splits.items()),
        columns="\n".join(f"| `{name}` | {meaning} |" for name, (_, meaning) in COLUMNS.items()),
    )


def render_croissant(snapshot: Snapshot, counts: Mapping[Split, int]) -> str:
    """Return croissant.json: a file set and a record set for each split that has drawings."""
    splits = [SPLIT_NAMES[split] for split, count in counts.items() if count]
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT_VERSION,
        "name": f"digitsite-{snapshot.ref}",
        "description": _escape_note(snapshot),
        "identifier": snapshot.sha256,
        "version": "1.0.0",
        "datePublished": snapshot.created_at.date().isoformat(),
        "license": "https://en.wikipedia.org/wiki/All_rights_reserved",
        "url": f"urn:sha256:{snapshot.sha256}",
        "citeAs": f"Handwritten digits, training set {snapshot.sha256}",
        "distribution": [_file_set(name) for name in splits],
        "recordSet": [_record_set(name) for name in splits],
    }
    return json.dumps(document, indent=2)


def _file_set(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{split}-files",
        "name": f"{split}-files",
        "encodingFormat": "application/x-parquet",
        "includes": f"data/{split}-*.parquet",
    }


def _record_set(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The split {split}.",
        "field": [_field(split, name, *column) for name, column in COLUMNS.items()],
    }


def _field(split: str, name: str, kind: str, meaning: str) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileSet": {"@id": f"{split}-files"},
        "extract": {"column": name},
    }
    if name == "image":
        source["transform"] = {"jsonPath": "bytes"}
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{name}",
        "name": name,
        "description": meaning,
        "dataType": kind,
        "source": source,
    }


def _escape_note(snapshot: Snapshot) -> str:
    """Return the note of the admin in one line, with Markdown's special characters escaped."""
    note = " ".join(snapshot.note.split())
    return note.translate({ord(mark): f"\\{mark}" for mark in "\\`*_{}[]<>#|"}) or "No description."


def _size_category(count: int) -> str:
    """Return one of Hugging Face's categories."""
    return next((name for limit, name in SIZE_CATEGORIES if count < limit), "1M<n<10M")


CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes."""
