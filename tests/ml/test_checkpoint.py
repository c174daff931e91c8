"""A release is written whole, named by its hash, and refused when anything in it was changed."""

import json
from pathlib import Path

import pytest
import torch

from ml.architectures import inknet
from ml.card import CannotLoadRelease, read_card
from ml.checkpoint import (
    CannotExport,
    export_onnx,
    export_release,
    load_network,
    measure_parity,
    save_release,
)
from ml.predictor import load_predictor

pytestmark = pytest.mark.slow

CARD = {
    "name": "inknet",
    "architecture": "inknet",
    "input": {"size": [28, 28], "channels": ["ink"]},
    "temperature": 1.0,
    "verdict": {
        "rule": "not_a_digit first, then unsure",
        "not_a_digit_from": 0.5,
        "unsure_below": 0.5,
    },
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("releases") / "fresh"
    save_release(folder, inknet.build().state_dict(), CARD, [{"epoch": 1}, {"epoch": 2}])
    return folder


@pytest.fixture
def copy(fresh: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in fresh.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_a_release_has_four_files_and_nothing_stays_beside_it(fresh: Path) -> None:
    names = ["card.json", "log.jsonl", "model.onnx", "weights.safetensors"]
    assert sorted(path.name for path in fresh.iterdir()) == names
    assert [path.name for path in fresh.parent.iterdir()] == ["fresh"]
    assert (fresh / "log.jsonl").read_text() == '{"epoch": 1}\n{"epoch": 2}\n'


def test_what_is_loaded_is_what_was_saved(fresh: Path) -> None:
    torch.manual_seed(0)
    saved, loaded = inknet.build().state_dict(), load_network(fresh).state_dict()

    assert saved.keys() == loaded.keys()
    assert all(torch.equal(saved[name], loaded[name]) for name in saved)


def test_saving_again_replaces_it_whole(copy: Path) -> None:
    before = read_card(copy)["sha256"]
    torch.manual_seed(1)
    card = save_release(copy, inknet.build().state_dict(), CARD, [])

    assert card["sha256"] == read_card(copy)["sha256"] != before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_failed_save_leaves_the_old_release(copy: Path) -> None:
    before = read_card(copy)["sha256"]
    weights = inknet.build().state_dict()
    weights.pop("head.bias")
    with pytest.raises(RuntimeError, match=r"head\.bias"):
        save_release(copy, weights, CARD, [])

    assert read_card(copy)["sha256"] == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


@pytest.mark.parametrize("name", ["weights.safetensors", "model.onnx"])
def test_a_changed_byte_is_refused(copy: Path, name: str) -> None:
    load_predictor(copy, "cpu")
    data = bytearray((copy / name).read_bytes())
    data[-1] ^= 1
    (copy / name).write_bytes(data)

    for load in (load_network, lambda folder: load_predictor(folder, "cpu")):
        with pytest.raises(CannotLoadRelease, match="sha256"):
            load(copy)


@pytest.mark.parametrize("name", ["weights.safetensors", "model.onnx", "card.json"])
def test_a_missing_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(CannotLoadRelease, match=name):
        read_card(copy)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 1}', "\x00"])
def test_what_is_no_card_is_refused(copy: Path, text: str) -> None:
    (copy / "card.json").write_text(text)
    with pytest.raises(CannotLoadRelease, match=r"card\.json"):
        read_card(copy)


def test_input_channels_this_code_does_not_make_are_refused(copy: Path) -> None:
    card = json.loads((copy / "card.json").read_text())
    card["input"]["channels"] = ["ink", "direction"]
    (copy / "card.json").write_text(json.dumps(card))

    with pytest.raises(CannotLoadRelease, match="direction"):
        load_predictor(copy, "cpu")


def test_onnx_agrees_on_any_batch(fresh: Path) -> None:
    network = load_network(fresh)
    for size in (1, 3, 128):
        assert measure_parity(network, fresh / "model.onnx", torch.rand(size, 1, 28, 28)) < 1e-4


def test_an_export_says_nothing_of_the_machine(fresh: Path, release: Path) -> None:
    for folder in (fresh, release):
        model = (folder / "model.onnx").read_bytes()
        assert b".py" not in model
        assert str(Path(torch.__file__).parents[1]).encode() not in model


def test_an_export_that_disagrees_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.checkpoint.measure_parity", lambda *arguments: 0.01)
    with pytest.raises(CannotExport, match=r"0\.01"):
        export_onnx(inknet.build().eval(), tmp_path / "model.onnx")


def test_exporting_again_keeps_the_version(copy: Path) -> None:
    before = read_card(copy)
    after = export_release(copy)

    assert after["sha256"] == before["sha256"]
    assert (copy / "log.jsonl").read_text().count("\n") == 2
