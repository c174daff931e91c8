"""Connected components of a mask, and removal of specks. In numpy, because the worker has no
scipy."""

from __future__ import annotations

import numpy as np

from ml.preprocessing.array_types import BoolArray, IntArray

MAX_SPECK_FRACTION = 0.04
"""A component is a speck if its area is below this fraction of the largest component's."""

_COARSE_SIZE = 200


def remove_specks(mask: BoolArray) -> BoolArray:
    """Return the mask without its specks. Components are found on a mask downsampled to about 200
    pixels a side."""
    if not mask.any():
        return mask
    step = -(-max(mask.shape) // _COARSE_SIZE)
    labels = np.kron(
        label_components(_downsample_mask(mask, step)), np.ones((step, step), dtype=np.int64)
    )
    labels = labels[: mask.shape[0], : mask.shape[1]] * mask
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    is_large = areas >= MAX_SPECK_FRACTION * areas.max()
    is_large[0] = False
    result: BoolArray = is_large[labels]
    return result


def label_components(mask: BoolArray) -> IntArray:
    """Return the component of each pixel, counted from 1, or 0; pixels that touch at a corner are
    connected.

    Union-find over the runs of each row and the runs they touch in the row above. Both are sorted,
    so that each row takes time in proportion to its runs.
    """
    labels = np.zeros(mask.shape, dtype=np.int64)
    parents = [0]
    runs_above: list[tuple[int, int, int]] = []
    for y, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
        runs: list[tuple[int, int, int]] = []
        above = 0
        for start, stop in edges.reshape(-1, 2).tolist():
            label = len(parents)
            parents.append(label)
            while above < len(runs_above) and runs_above[above][1] < start:
                above += 1
            touching = above
            while touching < len(runs_above) and runs_above[touching][0] <= stop:
                other = runs_above[touching][2]
                parents[_find_root(parents, other)] = _find_root(parents, label)
                touching += 1
            labels[y, start:stop] = label
            runs.append((start, stop, label))
        runs_above = runs
    roots = np.array([_find_root(parents, label) for label in range(len(parents))])
    compact: IntArray = np.unique(roots, return_inverse=True)[1][labels]
    return compact


def _find_root(parents: list[int], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


def _downsample_mask(mask: BoolArray, step: int) -> BoolArray:
    """Return one pixel per step x step block, set if any pixel of the block is."""
    padded = np.pad(mask, [(0, -side % step) for side in mask.shape])
    height, width = padded.shape
    blocks = padded.reshape(height // step, step, width // step, step)
    return np.asarray(blocks.any(axis=(1, 3)))
