"""A drawing as the pages show it: its vector, the answer, the owner's word, all in plain words."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recognizer import protocol
from recognizer.drawings import ink
from recognizer.drawings.label_outcome import OutcomeStatus, get_outcome_status
from recognizer.models import Decision, Drawing, Status
from recognizer.views.formatting import format_label, format_prediction, predicted_label

PEN_WIDTH_FRACTION = 0.055  # pen width as a share of the frame's side, as in static/js/ink/svg.js
MARGIN_FRACTION = 0.14  # empty room around the ink
REPLAY_SPEEDS = [("0.5", "½"), ("1", "1×"), ("2", "2×"), ("4", "4×")]
POINTER_NAMES = {"mouse": "a mouse", "pen": "a pen", "touch": "a finger"}


@dataclass(frozen=True)
class InkSvg:
    """An SVG of the ink: a square frame around it, the path, the width of the pen."""

    view_box: str
    path: str
    pen: float


@dataclass(frozen=True)
class DrawingSummary:
    """What a card of the history, or the page of one drawing, needs."""

    drawing: Drawing

    @cached_property
    def strokes(self) -> list[Any]:
        """Empty for a picture."""
        return json.loads(self.drawing.ink) if self.drawing.ink else []

    @cached_property
    def vector(self) -> InkSvg | None:
        return render_ink_svg(self.strokes) if self.strokes else None

    @property
    def answer(self) -> str:
        if self.drawing.prediction:
            return format_prediction(self.drawing.prediction)
        return "no answer" if self.drawing.status == Status.FAILED else "…"

    @property
    def claim(self) -> str:
        return format_label(self.drawing.claim)

    @property
    def is_wrong(self) -> bool:
        """The owner says something else than the answer."""
        answered, said = self.drawing.prediction, self.drawing.claim
        return answered is not None and said is not None and said != predicted_label(answered)

    @property
    def is_right(self) -> bool:
        answered = self.drawing.prediction
        return answered is not None and self.drawing.claim == predicted_label(answered)

    @property
    def state(self) -> str:
        if self.is_wrong or self.is_right:
            return "wrong" if self.is_wrong else "right"
        if self.drawing.prediction is None:
            return str(self.drawing.status)
        return "unsure" if self.drawing.prediction.decision == Decision.UNSURE else "answered"

    @property
    def failure(self) -> str:
        return (
            protocol.RECOGNITION_FAILURES.get(self.drawing.error, "") if self.drawing.error else ""
        )

    @property
    def pointer(self) -> str:
        return POINTER_NAMES.get(self.drawing.pointer, "")

    @property
    def speeds(self) -> list[tuple[str, str]]:
        return REPLAY_SPEEDS

    @property
    def words(self) -> str:
        """For those who do not see the card."""
        said = f", you said {self.claim}" if self.claim else ""
        counts = f", {self.verdict}" if self.verdict else ""
        return f"Read as {self.answer}{said}{counts}"

    @property
    def became(self) -> str:
        """confirmed, overruled, decided, aside, waiting; or empty while nothing was said."""
        return str(get_outcome_status(self.drawing, may_teach=True) or "")

    @property
    def ground_truth(self) -> str:
        return format_label(protocol.current_ground_truth(self.drawing))

    @property
    def verdict(self) -> str:
        """What a reviewer made of it, in a few words; empty while nobody looked."""
        if self.became == OutcomeStatus.CONFIRMED:
            return "confirmed"
        return f"it counts as {self.ground_truth}" if self.ground_truth else ""


def render_ink_svg(strokes: list[Any]) -> InkSvg:
    """The vector of ink that has at least one point."""
    xs = [point[0] for stroke in strokes for point in stroke]
    ys = [point[1] for stroke in strokes for point in stroke]
    side = max(max(xs) - min(xs), max(ys) - min(ys), 1) * (1 + 2 * MARGIN_FRACTION)
    left, top = (min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2
    view_box = f"{left:.1f} {top:.1f} {side:.1f} {side:.1f}"
    return InkSvg(view_box, ink.svg_path(strokes), round(side * PEN_WIDTH_FRACTION, 1))
