"""Browser bundles: their size, and models that browsers cannot run."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ml.artifacts.atomic_write import sha256_of
from ml.artifacts.browser_bundle import CannotBundle, build_browser_bundle
from ml.artifacts.model_card import BROWSER_FILE, load_model_card
from ml.artifacts.release_storage import load_model

WEIGHTS = Path(__file__).resolve().parents[3] / "ml" / "weights"
CARD = {
    "temperature": 1.0,
    "decision": {"rejection_threshold": None, "confidence_threshold": 0.5},
}


class Model(nn.Module):
    """A model of one layer, for the logits."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.layers(images)
        return features.flatten(1), features


def test_the_bundle_of_the_released_model_is_small(release: Path) -> None:
    bundle = build_browser_bundle(load_model(release), load_model_card(release))
    assert len(bundle) <= 350 * 1024
    saved = (release / BROWSER_FILE).read_bytes()
    assert len(bundle) == len(saved)
    num_changed = sum(a != b for a, b in zip(bundle, saved, strict=True))
    assert num_changed <= 0.001 * len(saved)  # last bits depend on the CPU: 124 bytes of 243,824


@pytest.mark.parametrize("folder", sorted(WEIGHTS.iterdir()), ids=lambda folder: folder.name)
def test_model_cards_name_the_bundle(folder: Path) -> None:
    path = folder / BROWSER_FILE
    assert load_model_card(folder)["browser_sha256"] == (sha256_of(path) if path.exists() else None)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Sigmoid(),
        nn.LeakyReLU(),
        nn.AvgPool2d(2),
        nn.BatchNorm2d(1),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.MaxPool2d((2, 1)),
        nn.Conv2d(1, 2, 3, dilation=2),
        nn.Conv2d(1, 2, 3, stride=(1, 2)),
        nn.Linear(28, 10),
        nn.Sequential(nn.Flatten(), nn.Linear(784, 1000)),
    ],
    ids=str,
)
def test_refuses_a_model_that_browsers_cannot_run(layer: nn.Module) -> None:
    with pytest.raises(CannotBundle):
        build_browser_bundle(Model(layer), CARD)


def test_refuses_a_batch_norm_whose_input_is_used_again() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)

        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            maps = self.conv(images)
            return torch.flatten(maps + self.norm(maps), 1), maps

    with pytest.raises(CannotBundle):
        build_browser_bundle(Shared(), CARD)
