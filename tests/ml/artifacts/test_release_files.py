"""Release files: atomic writes, the hash as version, refusal of changed files."""

import json
from pathlib import Path

import pytest
import torch

from ml.architectures import inknet
from ml.artifacts.model_card import CARD_VERSION, CannotLoadRelease, load_model_card
from ml.artifacts.onnx_export import CannotExport, export_onnx, measure_parity
from ml.artifacts.release_storage import load_model, reexport_onnx, save_release
from ml.inference.predictor import load_predictor

pytestmark = pytest.mark.slow

CARD = {
    "version": CARD_VERSION,
    "name": "inknet",
    "architecture": "inknet",
    "architecture_params": {},
    "input": {"size": [28, 28], "channels": ["ink"]},
    "temperature": 1.0,
    "decision": {
        "rule": "not_a_digit first, then unsure",
        "rejection_threshold": 0.5,
        "confidence_threshold": 0.5,
    },
}


@pytest.fixture(scope="module")
def fresh_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("releases") / "fresh"
    save_release(folder, inknet.build().state_dict(), CARD, [{"epoch": 1}, {"epoch": 2}])
    return folder


@pytest.fixture
def release_copy(fresh_release: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in fresh_release.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_a_release_has_five_files_and_leaves_no_others(fresh_release: Path) -> None:
    names = ["browser.bin", "card.json", "log.jsonl", "model.onnx", "weights.safetensors"]
    assert sorted(path.name for path in fresh_release.iterdir()) == names
    assert [path.name for path in fresh_release.parent.iterdir()] == ["fresh"]
    assert (fresh_release / "log.jsonl").read_text() == '{"epoch": 1}\n{"epoch": 2}\n'


def test_loads_the_saved_weights(fresh_release: Path) -> None:
    torch.manual_seed(0)
    saved, loaded = inknet.build().state_dict(), load_model(fresh_release).state_dict()

    assert saved.keys() == loaded.keys()
    assert all(torch.equal(saved[name], loaded[name]) for name in saved)


def test_saving_replaces_a_release(release_copy: Path) -> None:
    before = load_model_card(release_copy)["sha256"]
    torch.manual_seed(1)
    card = save_release(release_copy, inknet.build().state_dict(), CARD, [])

    assert card["sha256"] == load_model_card(release_copy)["sha256"] != before
    assert [path.name for path in release_copy.parent.iterdir()] == ["copy"]


def test_a_failed_save_keeps_the_old_release(release_copy: Path) -> None:
    before = load_model_card(release_copy)["sha256"]
    weights = inknet.build().state_dict()
    weights.pop("head.bias")
    with pytest.raises(RuntimeError, match=r"head\.bias"):
        save_release(release_copy, weights, CARD, [])

    assert load_model_card(release_copy)["sha256"] == before
    assert [path.name for path in release_copy.parent.iterdir()] == ["copy"]


@pytest.mark.parametrize("name", ["weights.safetensors", "model.onnx"])
def test_refuses_a_changed_byte(release_copy: Path, name: str) -> None:
    load_predictor(release_copy, "cpu")
    data = bytearray((release_copy / name).read_bytes())
    data[-1] ^= 1
    (release_copy / name).write_bytes(data)

    for load in (load_model, lambda folder: load_predictor(folder, "cpu")):
        with pytest.raises(CannotLoadRelease, match="sha256"):
            load(release_copy)


@pytest.mark.parametrize("name", ["weights.safetensors", "model.onnx", "card.json"])
def test_refuses_a_missing_file(release_copy: Path, name: str) -> None:
    (release_copy / name).unlink()
    with pytest.raises(CannotLoadRelease, match=name):
        load_model_card(release_copy)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 1}', "\x00"])
def test_refuses_an_invalid_model_card(release_copy: Path, text: str) -> None:
    (release_copy / "card.json").write_text(text)
    with pytest.raises(CannotLoadRelease, match=r"card\.json"):
        load_model_card(release_copy)


def test_refuses_unknown_input_channels(release_copy: Path) -> None:
    card = json.loads((release_copy / "card.json").read_text())
    card["input"]["channels"] = ["ink", "direction"]
    (release_copy / "card.json").write_text(json.dumps(card))

    with pytest.raises(CannotLoadRelease, match="direction"):
        load_predictor(release_copy, "cpu")


def test_onnx_agrees_with_torch_on_any_batch_size(fresh_release: Path) -> None:
    model = load_model(fresh_release)
    for size in (1, 3, 128):
        assert (
            measure_parity(model, fresh_release / "model.onnx", torch.rand(size, 1, 28, 28)) < 1e-4
        )


def test_an_export_contains_no_paths_of_the_machine(fresh_release: Path, release: Path) -> None:
    for folder in (fresh_release, release):
        model = (folder / "model.onnx").read_bytes()
        assert b".py" not in model
        assert str(Path(torch.__file__).parents[1]).encode() not in model


def test_refuses_an_export_that_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.artifacts.onnx_export.measure_parity", lambda *arguments: 0.01)
    with pytest.raises(CannotExport, match=r"0\.01"):
        export_onnx(inknet.build().eval(), tmp_path / "model.onnx")


def test_exporting_again_keeps_the_sha256(release_copy: Path) -> None:
    before = load_model_card(release_copy)
    after = reexport_onnx(release_copy)

    assert after["sha256"] == before["sha256"]
    assert (release_copy / "log.jsonl").read_text().count("\n") == 2
