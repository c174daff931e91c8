"""Comparison of review orders: `python -m bench.reviewers.review_order [--champion FOLDER]`.

A model trained on MNIST only predicts 2,000 digits of pen writers tr01-tr20; one claim in ten is
wrong. They are reviewed in several orders. After each step, the last layer is fitted to the
reviewed drawings, with a ridge penalty on the change of its weights, and evaluated on writers
tr21-tr25. Only the order differs. The seeds select the drawings, the wrong claims and the random
order.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from bench.population_sim.initial_champion import train_champion
from bench.reviewers.population import CHAMPION
from ml.artifacts.release_storage import load_model
from ml.data.datasets import InkSample, load_mnist, load_pen
from ml.inference.embedder import Embedder
from ml.k_center_greedy import k_center_greedy
from ml.preprocessing.array_types import Raster
from ml.preprocessing.rasterize import rasterize_many

POOL_SIZE, CLAIM_ERROR_RATE = 2_000, 0.1
STEPS = (0, 25, 50, 100, 150, 200, 300, 400, 600, 800)
NUM_REHEARSAL_DRAWINGS, RIDGE = 2_000, 0.02

Numbers = npt.NDArray[np.float64]
Labelled = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, slots=True)
class DrawingPool:
    """Drawings to review, with the outputs of the initial model.

    Features (n, d), probabilities (n, 10), distances to the training data (n,), the k-center order
    (n,), ground truth and claims (n,); features and labels of the rehearsal data.
    """

    rehearsal: Labelled
    features: torch.Tensor
    probabilities: Numbers
    distances: Numbers
    k_center_order: npt.NDArray[np.int64]
    ground_truth: npt.NDArray[np.int64]
    claims: npt.NDArray[np.int64]

    @property
    def margins(self) -> Numbers:
        best = np.sort(self.probabilities, axis=1)
        return best[:, -1] - best[:, -2]

    @property
    def conflicts(self) -> npt.NDArray[np.bool_]:
        differ: npt.NDArray[np.bool_] = self.claims != self.probabilities.argmax(axis=1)
        return differ


Order = Callable[[DrawingPool, np.random.Generator], npt.NDArray[np.int64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--champion", type=Path, default=CHAMPION)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--report", type=Path, help="file for the curves, as JSON")
    parser.add_argument("--chart", type=Path, help="file for the chart, as SVG")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = train_champion(options.champion)
    head = load_model(folder).get_submodule("head")
    inks = load_pen("validation")
    labels = torch.tensor([ink.label for ink in inks])
    test = _embed(folder, _render(inks)), labels
    curves: dict[str, list[list[float]]] = {name: [] for name in ORDERS}
    for seed in options.seeds:
        pool = _sample_pool(folder, head, seed)
        for name, choose in ORDERS.items():
            order = choose(pool, np.random.default_rng(seed))
            curves[name].append([_fit_and_score(head, pool, order[:n], test) for n in STEPS])
    means = {
        name: [statistics.mean(at) for at in zip(*runs, strict=True)]
        for name, runs in curves.items()
    }
    _print_curves(means, curves)
    if options.report:
        options.report.write_text(json.dumps({"steps": STEPS, "curves": curves}, indent=1))
    if options.chart:
        options.chart.write_text(_render_svg(means))


def _sample_pool(folder: Path, head: torch.nn.Module, seed: int) -> DrawingPool:
    rng = np.random.default_rng(seed)
    inks = load_pen("train")
    chosen = [inks[at] for at in rng.permutation(len(inks))[:POOL_SIZE]]
    digits = np.array([ink.label for ink in chosen])
    wrong = rng.random(POOL_SIZE) < CLAIM_ERROR_RATE
    claims = np.where(wrong, (digits + rng.integers(1, 10, POOL_SIZE)) % 10, digits)
    images = _render(chosen)
    embedded = Embedder(folder).embed(images)
    features = _embed(folder, images)
    with torch.inference_mode():
        probabilities = head(features)[:, :10].softmax(1).double().numpy()
    return DrawingPool(
        rehearsal=_sample_rehearsal_data(folder, rng),
        features=features,
        probabilities=probabilities,
        distances=embedded.distances.astype(np.float64),
        k_center_order=k_center_greedy(embedded.features, embedded.features[:0]),
        ground_truth=digits,
        claims=claims,
    )


def _sample_rehearsal_data(folder: Path, rng: np.random.Generator) -> Labelled:
    mnist = load_mnist("train")
    chosen = rng.permutation(len(mnist))[:NUM_REHEARSAL_DRAWINGS]
    return _embed(folder, mnist.images[chosen]), torch.from_numpy(mnist.labels[chosen])


def _render(inks: list[InkSample]) -> Raster:
    return rasterize_many([ink.strokes for ink in inks])


def _embed(folder: Path, rasters: Raster) -> torch.Tensor:
    model = load_model(folder).eval()
    images = torch.from_numpy(rasters).unsqueeze(1).float().div_(255)
    with torch.inference_mode():
        parts = [model(images[start : start + 500])[1] for start in range(0, len(images), 500)]
    return torch.cat(parts).clone()


def _fit_and_score(
    head: torch.nn.Module, pool: DrawingPool, reviewed: npt.NDArray[np.int64], test: Labelled
) -> float:
    """Return the accuracy on `test` of a last layer fitted to the reviewed drawings."""
    start = [value.detach().clone() for value in head.parameters()]
    weights = [value.clone().requires_grad_() for value in start]
    old_features, old_labels = pool.rehearsal
    features = torch.cat([pool.features[torch.from_numpy(reviewed)], old_features])
    labels = torch.cat([torch.from_numpy(pool.ground_truth[reviewed]), old_labels])
    optimizer: Any = torch.optim.LBFGS(weights, max_iter=60, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        changes = [(new - old).square().sum() for new, old in zip(weights, start, strict=True)]
        cross_entropy = F.cross_entropy(F.linear(features, *weights), labels, reduction="sum")
        loss = cross_entropy + RIDGE * torch.stack(changes).sum()
        torch.autograd.backward(loss)
        return loss

    if len(reviewed):
        optimizer.step(step)
    test_features, test_labels = test
    with torch.inference_mode():
        digits = F.linear(test_features, *weights)[:, :10].argmax(1)
    return float((digits == test_labels).float().mean())


def _order_like_site(pool: DrawingPool, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the order of recognizer.review.review_queue_prioritization; change both together."""
    confidence, chances = pool.probabilities.max(axis=1), rng.random((2, POOL_SIZE))
    priority = np.empty(POOL_SIZE)
    priority[pool.k_center_order] = 0.3 * (1 - np.arange(POOL_SIZE) / POOL_SIZE)
    random_audit = np.where(chances[0] < 0.1, chances[1], 0)
    small_margin = np.where(pool.margins < 0.5, 0.9 - pool.margins, 0)
    distant = np.where(pool.distances > 0.5, 0.6 + 0.4 * np.minimum(1, pool.distances), 0)
    conflict = np.where(pool.conflicts, 0.5 + (1 - confidence) / 2, 0)
    return np.argsort(
        -np.max([priority, random_audit, small_margin, distant, conflict], axis=0), kind="stable"
    )


ORDERS: dict[str, Order] = {
    "random": lambda pool, rng: rng.permutation(POOL_SIZE),
    "margin": lambda pool, rng: np.argsort(pool.margins, kind="stable"),
    "distance": lambda pool, rng: np.argsort(-pool.distances, kind="stable"),
    "k-center": lambda pool, rng: pool.k_center_order,
    "conflict, then random": lambda pool, rng: np.lexsort((rng.random(POOL_SIZE), ~pool.conflicts)),
    "site": _order_like_site,
}


def _print_curves(means: dict[str, list[float]], curves: dict[str, list[list[float]]]) -> None:
    print(f"{'reviews':24}" + "".join(f"{n:>8}" for n in STEPS))
    for name, mean in means.items():
        print(f"{name:24}" + "".join(f"{share:8.2%}" for share in mean))
        at = STEPS.index(200)
        deviation = statistics.pstdev(run[at] for run in curves[name])
        print(
            f"{'':24}needs {_count_needed_reviews(means, name)} to reach random with 400;"
            f" standard deviation over seeds at 200: {deviation:.2%}"
        )


def _count_needed_reviews(means: dict[str, list[float]], name: str) -> str:
    goal = means["random"][STEPS.index(400)]
    reached = [n for n, share in zip(STEPS, means[name], strict=True) if share >= goal]
    return str(reached[0]) if reached else f"more than {STEPS[-1]}"


COLOURS = ("#888888", "#b35900", "#7a3fb5", "#00856a", "#2266cc", "#c2185b")
MIN_ACCURACY, MAX_ACCURACY, CHART_WIDTH, CHART_HEIGHT, CHART_LEFT = 0.96, 0.995, 560, 300, 52


def _render_svg(means: dict[str, list[float]]) -> str:
    """Return the mean curves of accuracy against the number of reviews, as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {CHART_WIDTH + 220} {CHART_HEIGHT + 60}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#444">',
        f'<rect width="{CHART_WIDTH + 220}" height="{CHART_HEIGHT + 60}" fill="#fff"/>',
        f'<text x="{CHART_LEFT}" y="{CHART_HEIGHT + 52}">reviews</text>',
    ]
    for share in (0.96, 0.97, 0.98, 0.99):
        parts.append(f'<path d="M{CHART_LEFT} {_y(share):.1f}H{CHART_WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="8" y="{_y(share) + 4:.1f}">{share:.0%}</text>')
    for n in (0, 100, 200, 400, 600, 800):
        parts.append(
            f'<text x="{_x(n):.1f}" y="{CHART_HEIGHT + 34}" text-anchor="middle">{n}</text>'
        )
    for number, (name, mean) in enumerate(means.items()):
        points = " ".join(f"{_x(n):.1f},{_y(at):.1f}" for n, at in zip(STEPS, mean, strict=True))
        colour, y = COLOURS[number], 40 + 22 * number
        width = 3 if name == "site" else 1.5
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
            f'<path d="M{CHART_WIDTH + 20} {y}h24" stroke="{colour}" stroke-width="{width}"/>'
            f'<text x="{CHART_WIDTH + 52}" y="{y + 4}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(reviews: float) -> float:
    return CHART_LEFT + (CHART_WIDTH - CHART_LEFT) * reviews / STEPS[-1]


def _y(share: float) -> float:
    return 20 + (CHART_HEIGHT - 10) * (MAX_ACCURACY - share) / (MAX_ACCURACY - MIN_ACCURACY)


if __name__ == "__main__":
    main()
