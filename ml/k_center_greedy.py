"""Order of drawings for labelling, by their coverage of the feature space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.preprocessing.array_types import IntArray


def k_center_greedy(features: npt.NDArray[np.float16], known: npt.NDArray[np.float16]) -> IntArray:
    """Return the order (n,) of features (n, d) of unit length in which each row has the largest
    distance to its nearest neighbour in `known` (m, d) and the rows before it.

    The greedy 2-approximation of k-centre (Gonzalez, Theoretical Computer Science 38, 1985), used
    for core-sets by Sener & Savarese (arXiv:1708.00489).
    """
    rows = features.astype(np.float32)
    similarity = np.full(len(rows), -1.0, dtype=np.float32)  # to known and ordered rows
    if len(known):
        similarity = np.maximum(similarity, (rows @ known.astype(np.float32).T).max(axis=1))
    order = np.empty(len(rows), dtype=np.int64)
    is_left = np.ones(len(rows), dtype=bool)
    for rank in range(len(rows)):
        chosen = int(np.where(is_left, similarity, np.inf).argmin())
        order[rank], is_left[chosen] = chosen, False
        similarity = np.maximum(similarity, rows @ rows[chosen])
    return order
