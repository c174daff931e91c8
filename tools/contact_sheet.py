"""Contact sheet of the synthetic digits: `python -m tools.contact_sheet SHEET.png [--columns 20]`.

One row per template, in two halves, as the model receives the drawings in training.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from ml.data.stroke_augmentation import render_augmented
from ml.data.synthetic_digits import DIGIT_TEMPLATES, draw_digit
from ml.preprocessing.array_types import Raster
from ml.preprocessing.rasterize import IMAGE_SIZE

SEED = 1


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--columns", type=int, default=20)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(SEED)
    rows = [
        render_augmented([draw_digit(template, rng) for _ in range(options.columns)], rng)
        for template in DIGIT_TEMPLATES
    ]
    Image.fromarray(255 - arrange_rows(np.stack(rows))).save(options.sheet)


def arrange_rows(images: Raster) -> Raster:
    """Return one image of rows of images (rows, columns, 28, 28); the second half of the rows is to
    the right of the first."""
    if len(images) % 2:
        images = np.concatenate([images, np.zeros_like(images[:1])])
    rows, columns = images.shape[:2]
    tall = images.transpose(0, 2, 1, 3).reshape(rows * IMAGE_SIZE, columns * IMAGE_SIZE)
    left, right = np.split(tall, 2)
    gap = np.full((len(left), IMAGE_SIZE // 2), 128, dtype=np.uint8)
    sheet: Raster = np.concatenate([left, gap, right], axis=1)
    return sheet


if __name__ == "__main__":
    main()
