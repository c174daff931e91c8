"""Array types of drawings, images and labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Stroke = npt.NDArray[np.float64]
"""Points (n, 2): x and y, y down."""

Strokes = Sequence[Sequence[Sequence[float]]] | Sequence[Stroke]
"""The strokes of one drawing. Further values of a point are ignored."""

Raster = npt.NDArray[np.uint8]
"""Images (..., 28, 28), ink 255 on 0."""

Labels = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
