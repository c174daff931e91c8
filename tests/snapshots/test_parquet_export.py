"""The Parquet export: its tables, dataset card and Croissant metadata."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import mlcroissant
import pytest
import yaml
from arro3.io import read_parquet
from PIL import Image

from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.models import Snapshot, Split, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.exports import parquet_writer
from recognizer.snapshots.exports.formats import export_snapshot
from tests.snapshots.archive_files import RASTER
from tests.snapshots.factories import DIGITS, make_labelled_drawing, make_teaching_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]


@pytest.fixture
def snapshot(db: None) -> Snapshot:
    """A 4 and a picture of a 5 in training, and a non-digit in the holdout."""
    user = make_teaching_user("anna", split=Split.TRAINING)
    make_labelled_drawing(user, 4, pointer="pen")
    make_labelled_drawing(user, 5, ink="", picture="pictures/x.png")
    make_labelled_drawing(make_teaching_user("bert", split=Split.HOLDOUT), 10)
    return build_snapshot(by=None, note="---\nlicense: cc0 # <b>")


def unpack(snapshot: Snapshot, folder: Path) -> list[str]:
    """Write the files of the export and return the names of the tables."""
    content = b"".join(export_snapshot(snapshot, "parquet").chunks)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
        return sorted(name for name in archive.namelist() if name.endswith(".parquet"))


def read_table(path: Path) -> list[dict[str, Any]]:
    table = read_parquet(path).read_all()
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return [
        {name: values[row] for name, values in columns.items()} for row in range(table.num_rows)
    ]


def test_tables_contain_pictures_strokes_and_labels(snapshot: Snapshot, tmp_path: Path) -> None:
    names = unpack(snapshot, tmp_path)
    assert names == ["data/test-00000.parquet", "data/train-00000.parquet"]
    four, five = read_table(tmp_path / names[1])
    assert (four["label"], four["pointer"], json.loads(four["strokes"])) == (4, "pen", DIGITS[4])
    assert (five["label"], five["strokes"]) == (5, None)
    assert four["image"]["path"] == f"{four['drawing']}.png"
    picture = Image.open(io.BytesIO(five["image"]["bytes"]))
    assert (picture.size, picture.tobytes()) == ((28, 28), RASTER)
    (other,) = read_table(tmp_path / names[0])
    assert other["label"] == 10
    assert len({four["user"], five["user"], other["user"]}) == 2


def test_a_large_set_has_several_files(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_writer, "ROWS_PER_SHARD", 1)
    names = unpack(snapshot, tmp_path)
    assert names[1:] == ["data/train-00000.parquet", "data/train-00001.parquet"]
    assert [row["label"] for name in names for row in read_table(tmp_path / name)] == [10, 4, 5]


def test_the_dataset_card_describes_the_tables(snapshot: Snapshot, tmp_path: Path) -> None:
    unpack(snapshot, tmp_path)
    _, front_matter, text = (tmp_path / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(front_matter)
    assert card["license"] == "other"
    features = [one["name"] for one in card["dataset_info"]["features"]]
    assert features == list(read_table(tmp_path / "data/train-00000.parquet")[0])
    splits = {one["name"]: one["num_examples"] for one in card["dataset_info"]["splits"]}
    assert splits == {"train": 2, "test": 1}
    for files in card["configs"][0]["data_files"]:
        assert list(tmp_path.glob(files["path"]))
    assert snapshot.sha256 in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_mlcroissant_accepts_the_metadata(snapshot: Snapshot, tmp_path: Path) -> None:
    unpack(snapshot, tmp_path)
    dataset = mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    assert dataset.metadata.ctx.issues.errors == set()
    columns = list(read_table(tmp_path / "data/train-00000.parquet")[0])
    for record_set in dataset.metadata.record_sets:
        assert [field.name for field in record_set.fields] == columns
    assert {one.id for one in dataset.metadata.record_sets} == {"train", "test"}


def test_an_empty_split_has_no_file(owner: User, tmp_path: Path) -> None:
    make_labelled_drawing(make_teaching_user("anna", split=Split.TRAINING), 4)
    snapshot = build_snapshot(by=None)
    assert unpack(snapshot, tmp_path) == ["data/train-00000.parquet"]
    assert "test" not in (tmp_path / "croissant.json").read_text()
    mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")


def test_omits_drawings_of_withdrawn_consent(snapshot: Snapshot, tmp_path: Path) -> None:
    set_teaching_consent(user=User.objects.get(username="bert"), may_teach=False)
    assert unpack(snapshot, tmp_path) == ["data/train-00000.parquet"]
    assert "1 with withdrawn consent" in (tmp_path / "README.txt").read_text()
