"""Synthetic digits as strokes, from templates of common handwriting styles: rehearsal data if no
data set is available.

A template's strokes are in a box 100 wide and 100 high, y down. `|` separates strokes and `/` marks
a corner; between corners a smooth curve goes through the points.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ml.data.datasets import InkSample
from ml.data.stroke_augmentation import augment_strokes
from ml.preprocessing.array_types import Stroke
from ml.preprocessing.stroke_geometry import densify_stroke, smooth_stroke
from ml.training_config import StrokeAugmentation


class DigitTemplate(NamedTuple):
    """A style of a digit: its frequency among the styles of this digit, and its width relative to
    its height."""

    digit: int
    name: str
    frequency: float
    width: float
    strokes: str


DIGIT_TEMPLATES = (
    DigitTemplate(0, "round", 5, 0.75, "55,2 25,8 6,35 8,70 35,98 70,94 93,62 88,25 62,3 48,4"),
    DigitTemplate(0, "narrow", 3, 0.5, "60,0 20,15 4,55 25,95 60,96 92,62 88,22 58,1 42,8"),
    DigitTemplate(0, "clockwise", 1, 0.7, "45,2 80,14 95,52 75,92 40,98 8,70 8,28 36,3 56,6"),
    DigitTemplate(
        0, "slashed", 1, 0.75,
        "55,2 25,8 6,35 8,70 35,98 70,94 93,62 88,25 62,3 48,4|88,8 14,94",
    ),
    DigitTemplate(
        0, "with a tail", 1, 0.75,
        "92,4 52,8 22,20 6,50 18,88 52,98 86,80 92,44 74,14 44,8",
    ),
    DigitTemplate(
        0, "crossing its start", 1, 0.75,
        "30,0 14,30 4,62 26,96 66,96 94,60 84,20 52,6 20,14",
    ),
    DigitTemplate(1, "plain", 4, 0.12, "60,0 50,50 45,100"),
    DigitTemplate(1, "flagged", 3, 0.35, "4,30 50,15 84,0/84,0 82,50 80,100"),
    DigitTemplate(1, "flagged long", 3, 0.55, "2,48 46,20 84,0/84,0 83,50 82,100"),
    DigitTemplate(1, "flagged wide", 2, 0.85, "2,42 44,22 88,0/88,0 87,50 86,100"),
    DigitTemplate(1, "flagged to the foot", 1, 0.6, "2,86 42,40 80,0/80,0 81,50 84,100"),
    DigitTemplate(1, "like a caret", 1, 0.6, "2,98 36,44 66,0/66,0 78,50 94,100"),
    DigitTemplate(
        1, "flagged and footed", 2, 0.6,
        "8,34 40,14 58,0/58,0 57,50 56,98|6,98 52,98 98,97",
    ),
    DigitTemplate(1, "serifed", 1, 0.55, "12,26 40,12 58,0/58,0 56,50 55,98|10,99 52,97 96,98"),
    DigitTemplate(
        1, "one stroke footed", 1, 0.55,
        "10,30 40,14 58,0/58,0 57,50 56,98/56,98 8,98/8,98 52,97 96,98",
    ),
    DigitTemplate(1, "footed", 1, 0.5, "50,0 50,50 50,98|4,99 50,97 96,99"),
    DigitTemplate(2, "plain", 4, 0.7, "6,24 26,4 60,1 84,20 74,46 40,76 4,98/4,98 50,95 98,96"),
    DigitTemplate(
        2, "swan", 3, 0.7,
        "8,20 34,2 68,6 80,30 58,64 26,90 4,97/4,97 28,86 56,95 97,92",
    ),
    DigitTemplate(
        2, "looped", 3, 0.7,
        "8,22 32,3 66,4 82,26 66,58 32,90 8,96 6,82 26,78 54,92 98,95",
    ),
    DigitTemplate(
        2, "widely looped", 2, 0.75,
        "6,26 30,2 70,6 82,30 60,66 30,92 8,98 2,82 18,70 38,84 64,98 98,86",
    ),
    DigitTemplate(
        2, "open loop", 1, 0.75,
        "8,22 34,2 70,6 80,28 58,62 22,90/22,90 30,78 50,88 74,98 98,88",
    ),
    DigitTemplate(2, "like a Z", 1, 0.7, "6,8 48,2 88,6/88,6 50,50 6,96/6,96 50,96 98,94"),
    DigitTemplate(2, "check mark", 2, 0.8, "4,26 20,4 44,8 48,40 24,92/24,92 54,84 98,78"),
    DigitTemplate(2, "check mark, steep", 1, 0.7, "6,18 30,0 58,10 52,50 30,98/30,98 60,88 98,72"),
    DigitTemplate(3, "round", 5, 0.6, "8,14 36,0 76,8 80,32 40,46/40,46 84,56 92,82 52,100 6,90"),
    DigitTemplate(3, "pointed", 2, 0.6, "6,16 44,0 82,16 64,40 28,47/28,47 78,52 96,76 62,99 4,94"),
    DigitTemplate(
        3, "flat topped", 1, 0.6,
        "8,3 48,2 90,2/90,2 66,22 38,42/38,42 82,46 96,72 62,99 6,92",
    ),
    DigitTemplate(
        3, "looped", 1, 0.6,
        "8,14 40,0 78,12 70,36 44,50 34,46 46,43 84,58 86,86 46,100 6,90",
    ),
    DigitTemplate(4, "open", 4, 0.7, "22,4 14,34 8,60/8,60 50,60 98,57|70,18 68,60 66,100"),
    DigitTemplate(4, "open round", 2, 0.7, "16,2 8,34 18,56 46,54 76,40|84,4 76,50 70,100"),
    DigitTemplate(4, "closed", 3, 0.7, "66,0 36,34 4,66/4,66 50,67 98,66|66,2 66,50 66,100"),
    DigitTemplate(4, "one stroke", 1, 0.65, "96,68 50,67 4,66/4,66 38,30 72,0/72,0 72,50 72,100"),
    DigitTemplate(4, "one stroke, sharp", 1, 0.65, "64,0 36,30 6,60/6,60 72,46/72,46 56,74 44,100"),
    DigitTemplate(
        4, "one stroke, open", 1, 0.65,
        "24,2 14,34 8,60/8,60 50,56 82,46/82,46 76,74 70,100",
    ),
    DigitTemplate(4, "like a psi", 1, 0.75, "6,8 8,40 30,58 58,54 82,44 94,30|66,0 62,50 56,100"),
    DigitTemplate(
        4, "like a psi, narrow cup", 1, 0.7,
        "10,6 8,36 30,54 68,50 92,44|64,4 60,50 56,100",
    ),
    DigitTemplate(
        4, "like a phi", 1, 0.65,
        "70,8 34,26 6,54 20,64 60,58 94,48|64,0 60,50 54,100",
    ),
    DigitTemplate(
        4, "one stroke, looped", 1, 0.65,
        "20,2 8,40 12,56 52,54 84,32 78,4 66,40 60,100",
    ),
    DigitTemplate(5, "two strokes", 4, 0.65,
        "22,4 17,24 14,42/14,42 50,36 88,56 80,88 42,100 4,90"
        "|20,4 55,3 96,2"),
    DigitTemplate(5, "one stroke", 3, 0.65,
        "94,2 56,4 22,4/22,4 17,24 14,44/14,44 50,36 "
        "88,56 80,88 42,100 4,92"),
    DigitTemplate(5, "like an S", 2, 0.6, "92,3 54,1 24,12 22,36 56,46 86,66 72,94 38,100 4,94"),
    DigitTemplate(6, "curled", 4, 0.6, "78,4 46,14 16,46 6,76 30,99 70,96 92,74 70,54 36,58 12,80"),
    DigitTemplate(6, "straight", 3, 0.55, "66,0 38,30 12,64 12,90 44,100 82,90 86,66 54,56 16,74"),
    DigitTemplate(6, "tight", 1, 0.45, "60,0 28,28 10,68 22,98 60,98 80,80 60,64 20,82"),
    DigitTemplate(6, "nearly straight", 2, 0.4, "30,0 18,40 12,80 30,99 72,96 84,82 62,72 16,86"),
    DigitTemplate(
        6, "straight with a small loop", 2, 0.45,
        "56,0 26,44 10,84 32,100 74,94 76,78 44,74 14,88",
    ),
    DigitTemplate(6, "open loop", 1, 0.55, "70,2 30,34 8,70 24,98 68,98 90,76 62,60 34,68"),
    DigitTemplate(7, "plain", 4, 0.6, "4,6 50,5 96,3/96,3 68,46 44,100"),
    DigitTemplate(7, "bent", 2, 0.6, "4,8 50,4 94,3/94,3 64,36 50,68 46,100"),
    DigitTemplate(7, "serifed", 1, 0.65, "6,22 6,12 8,4/8,4 50,5 96,3/96,3 68,46 44,100"),
    DigitTemplate(7, "crossed", 4, 0.65, "4,6 50,5 94,3/94,3 66,46 42,100|22,54 50,51 84,48"),
    DigitTemplate(
        7, "serifed and crossed", 1, 0.7,
        "6,22 8,4/8,4 50,8 94,3/94,3 66,46 42,100|22,54 84,48",
    ),
    DigitTemplate(8, "from the top", 4, 0.6,
        "74,14 48,0 20,10 24,32 52,48 84,70 74,95 42,100 "
        "14,84 28,62 60,44 82,24 72,8"),
    DigitTemplate(8, "from the right", 2, 0.6,
        "88,8 46,2 18,20 44,44 80,66 80,92 44,100 "
        "12,86 24,62 62,40 86,18 90,4"),
    DigitTemplate(8, "from the middle", 2, 0.6,
        "52,48 20,30 28,6 60,0 82,18 64,40 26,60 10,82 "
        "40,100 80,92 86,70 58,50"),
    DigitTemplate(8, "two rings", 1, 0.55,
        "52,2 20,10 22,36 50,46 80,34 78,10 50,1"
        "|50,48 14,62 14,90 50,100 86,90 86,62 52,48"),
    DigitTemplate(
        9, "straight", 4, 0.55,
        "84,12 50,1 14,14 12,40 42,52 76,36 86,12/86,12 84,56 80,100",
    ),
    DigitTemplate(9, "curled", 3, 0.6,
        "84,16 54,0 18,12 12,38 42,50 76,36 "
        "86,14/86,14 86,58 66,92 34,100 8,90"),
    DigitTemplate(9, "slanting", 2, 0.55, "82,14 52,2 20,18 20,42 50,48 82,24 88,8 74,52 48,100"),
    DigitTemplate(
        9, "two strokes", 1, 0.55,
        "78,10 44,2 12,20 18,46 54,48 82,28 76,8|84,2 84,50 82,100",
    ),
    DigitTemplate(
        9, "open loop", 2, 0.6,
        "62,46 30,46 8,28 20,6 54,2 86,4/86,4 86,50 80,100",
    ),
    DigitTemplate(
        9, "flat topped", 2, 0.6,
        "88,6 50,3 14,6/14,6 10,32 30,48 62,46 84,22 90,6/90,6 84,52 76,100",
    ),
    DigitTemplate(
        9, "widely curled", 2, 0.65,
        "82,14 54,0 20,10 14,36 42,48 72,36 84,14 88,50 74,88 42,100 10,92 4,78",
    ),
    DigitTemplate(
        9, "open and curled", 1, 0.6,
        "84,6 46,0 12,16 16,42 50,46 82,20 88,56 66,92 20,98",
    ),
)  # fmt: skip
"""The frequencies are estimates from samples of data sets, not counts."""

_ANGULAR_FRACTION = 0.12
"""Of the drawings: devices that report few points connect them by straight lines."""

NUM_FIXED_DIGITS, FIXED_DIGITS_SEED = 2_000, 90_102
_HANDWRITING_AUGMENTATION = StrokeAugmentation(
    rotation=12, shear=0.3, aspect=0.25, warp=0.03, stroke_shift=0.02, stroke_scale=0.05,
    trim=0.03, jitter=0.004, drop=0,
)  # fmt: skip


def draw_digit(template: DigitTemplate, rng: np.random.Generator) -> list[Stroke]:
    """Return the strokes of a digit in random handwriting, in units of its height."""
    width = template.width * np.exp(rng.normal(0, 0.15))
    is_angular = bool(rng.random() < _ANGULAR_FRACTION)
    texts = template.strokes.split("|")
    strokes = [_draw_stroke(text, width, rng, is_angular=is_angular) for text in texts]
    return augment_strokes(strokes, _HANDWRITING_AUGMENTATION, rng)


def draw_digits(count: int, seed: int) -> list[InkSample]:
    """Return `count` digits, each class equally often and each template by its frequency. The
    writer of an ink is the name of its template."""
    rng = np.random.default_rng(seed)
    inks = []
    for index in range(count):
        templates = [t for t in DIGIT_TEMPLATES if t.digit == index % 10]
        frequencies = np.array([template.frequency for template in templates])
        choice = rng.choice(len(templates), p=frequencies / frequencies.sum())
        inks.append(_draw_ink_sample(templates[int(choice)], rng))
    return inks


@cache
def load_fixed_synthetic_digits() -> tuple[InkSample, ...]:
    """Return the evaluation set for sites without data sets. It is always the same and is never
    trained on."""
    return tuple(draw_digits(NUM_FIXED_DIGITS, FIXED_DIGITS_SEED))


def _draw_stroke(text: str, width: float, rng: np.random.Generator, *, is_angular: bool) -> Stroke:
    pieces: list[Stroke] = []
    for piece in text.split("/"):
        template = np.array([[float(n) for n in point.split(",")] for point in piece.split()])
        noise = rng.normal(0, 0.018, template.shape) * (min(1.5 * width, 1), 1)
        points = template / 100 * (width, 1) + noise
        if pieces:
            points[0] = pieces[-1][-1]
        pieces.append(densify_stroke(points, 6) if is_angular else smooth_stroke(points, 6))
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _draw_ink_sample(template: DigitTemplate, rng: np.random.Generator) -> InkSample:
    strokes = tuple(
        tuple((round(x, 3), round(y, 3)) for x, y in stroke.tolist())
        for stroke in draw_digit(template, rng)
    )
    return InkSample(template.digit, f"{template.digit} {template.name}", strokes)
