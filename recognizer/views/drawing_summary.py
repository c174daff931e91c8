"""A drawing as the history and review pages show it: vector graphics, labels and texts."""

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recognizer import protocol
from recognizer.drawings import ink_validation
from recognizer.drawings.raster_png import encode_png, encode_prediction_raster
from recognizer.drawings.user_label_outcome import OutcomeStatus, get_outcome_status
from recognizer.models import Decision, Drawing, Prediction, Status
from recognizer.views.label_and_number_formatting import (
    format_label,
    format_prediction,
    predicted_label,
)

PEN_WIDTH_FRACTION = 0.055  # of the frame's side, as in static/js/ink/ink_to_svg.js
MARGIN_FRACTION = 0.14  # of the longer side of the ink
MAX_THUMBNAIL_POINTS = 400
REPLAY_SPEEDS = [("0.5", "½"), ("1", "1×"), ("2", "2×"), ("4", "4×")]
POINTER_NAMES = {"mouse": "a mouse", "pen": "a pen", "touch": "a finger"}


@dataclass(frozen=True)
class InkSvg:
    """Ink as an SVG path in a square view box, with the pen width in the same units."""

    view_box: str
    path: str
    pen: float


@dataclass(frozen=True)
class DrawingSummary:
    """Values and texts of one drawing, for a list or for its page."""

    drawing: Drawing

    @cached_property
    def strokes(self) -> list[Any]:
        """Empty for an uploaded image."""
        return json.loads(self.drawing.ink) if self.drawing.ink else []

    @cached_property
    def vector(self) -> InkSvg | None:
        return render_ink_svg(self.strokes) if self.strokes else None

    @cached_property
    def thumbnail(self) -> InkSvg | None:
        """The ink with fewer points: a page shows dozens of drawings."""
        return render_ink_svg(_thin_strokes(self.strokes)) if self.strokes else None

    @property
    def prediction_text(self) -> str:
        if self.drawing.prediction:
            return format_prediction(self.drawing.prediction)
        return "failed" if self.drawing.status == Status.FAILED else "…"

    @property
    def predicted_label(self) -> int | None:
        return predicted_label(self.drawing.prediction) if self.drawing.prediction else None

    @property
    def claim(self) -> str:
        return format_label(self.drawing.claim)

    @property
    def is_wrong(self) -> bool:
        """True if the claim differs from the prediction."""
        return self._is_claimed_and_predicted and self.drawing.claim != self.predicted_label

    @property
    def is_right(self) -> bool:
        return self._is_claimed_and_predicted and self.drawing.claim == self.predicted_label

    @property
    def _is_claimed_and_predicted(self) -> bool:
        return self.drawing.claim is not None and self.drawing.prediction is not None

    @property
    def state(self) -> str:
        """The CSS class: wrong, right, unsure, predicted, or the status without a prediction."""
        if self.is_wrong or self.is_right:
            return "wrong" if self.is_wrong else "right"
        if self.drawing.prediction is None:
            return str(self.drawing.status)
        return "unsure" if self.drawing.prediction.decision == Decision.UNSURE else "predicted"

    @property
    def failure(self) -> str:
        return protocol.RECOGNITION_FAILURES.get(self.drawing.error or "", "")

    @property
    def missing_reason(self) -> str:
        """Why an uploaded picture cannot be shown: it has no raster."""
        return self.failure or "Not recognized yet."

    @property
    def pointer(self) -> str:
        return POINTER_NAMES.get(self.drawing.pointer, "")

    @property
    def speeds(self) -> list[tuple[str, str]]:
        return REPLAY_SPEEDS

    @property
    def description(self) -> str:
        """The text for screen readers."""
        claim = f", your label {self.claim}" if self.claim else ""
        if self.outcome == OutcomeStatus.CONFIRMED:
            return f"Predicted {self.prediction_text}{claim}, confirmed"
        return f"Predicted {self.prediction_text}{claim}{self._ground_truth_suffix}"

    @property
    def _ground_truth_suffix(self) -> str:
        return f", ground truth {self.ground_truth}" if self.ground_truth else ""

    @property
    def outcome(self) -> str:
        """An OutcomeStatus, or an empty string without any label."""
        return str(get_outcome_status(self.drawing, may_teach=True) or "")

    @property
    def ground_truth(self) -> str:
        return format_label(protocol.current_ground_truth(self.drawing))


def _thin_strokes(strokes: list[Any]) -> list[Any]:
    """Keep about MAX_THUMBNAIL_POINTS points, with the ends of each stroke."""
    step = -(-sum(map(len, strokes)) // MAX_THUMBNAIL_POINTS)
    return [[*stroke[:-1:step], *stroke[-1:]] for stroke in strokes]


def render_ink_svg(strokes: list[Any]) -> InkSvg:
    """Render ink with at least one point."""
    xs = [point[0] for stroke in strokes for point in stroke]
    ys = [point[1] for stroke in strokes for point in stroke]
    side = max(max(xs) - min(xs), max(ys) - min(ys), 1) * (1 + 2 * MARGIN_FRACTION)
    left, top = (min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2
    view_box = f"{left:.1f} {top:.1f} {side:.1f} {side:.1f}"
    return InkSvg(view_box, ink_validation.svg_path(strokes), round(side * PEN_WIDTH_FRACTION, 1))


def prediction_raster_url(prediction: Prediction) -> str:
    """Return the raster of a prediction as a data URL."""
    return _png_data_url(encode_prediction_raster(prediction))


def raster_url(raster: bytes) -> str:
    """Return 28x28 grey pixels as a data URL."""
    return _png_data_url(encode_png(raster))


def _png_data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
