"""Connected pieces of a mask, and which of them are specks. In numpy and plain Python: the worker
has no scipy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

MAX_SPECK_FRACTION = 0.04
"""A piece with a smaller area than this part of the largest one's is a speck."""

_COARSE_SIZE = 200


def remove_specks(mask: Mask) -> Mask:
    """Return the mask without its specks. Pieces are found on a mask coarsened to about 200 pixels
    a side."""
    if not mask.any():
        return mask
    step = -(-max(mask.shape) // _COARSE_SIZE)
    pieces = np.kron(
        label_components(_downsample_mask(mask, step)), np.ones((step, step), dtype=np.int64)
    )
    pieces = pieces[: mask.shape[0], : mask.shape[1]] * mask
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    kept = areas >= MAX_SPECK_FRACTION * areas.max()
    kept[0] = False
    result: Mask = kept[pieces]
    return result


def label_components(mask: Mask) -> npt.NDArray[np.int64]:
    """Return each pixel's piece, counted from 1, or 0; pixels that touch at a corner are connected.

    Runs of pixels in a row are joined with the runs they touch in the row before.
    """
    labels = np.zeros(mask.shape, dtype=np.int64)
    parents = [0]
    before: list[tuple[int, int, int]] = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        runs = []
        for start, stop in edges.reshape(-1, 2).tolist():
            parents.append(len(parents))
            number = len(parents) - 1
            for first, last, other in before:
                if first <= stop and start <= last:
                    parents[_find_root(parents, other)] = _find_root(parents, number)
            labels[row, start:stop] = number
            runs.append((start, stop, number))
        before = runs
    roots = np.array([_find_root(parents, number) for number in range(len(parents))])
    compact: npt.NDArray[np.int64] = np.unique(roots, return_inverse=True)[1][labels]
    return compact


def _find_root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _downsample_mask(mask: Mask, step: int) -> Mask:
    """Return one pixel for each step x step pixels, set where any of them is."""
    height, width = (-(-side // step) * step for side in mask.shape)
    padded = np.zeros((height, width), dtype=bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    blocks = padded.reshape(height // step, step, width // step, step)
    coarse: Mask = np.asarray(blocks.any(axis=(1, 3)))
    return coarse
