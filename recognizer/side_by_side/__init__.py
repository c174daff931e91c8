"""All models answer the same drawing side by side: which ones, and how they are asked.

Only for who asks, by the background, and nothing of it is stored: the answer people get knows
nothing of all this.
"""

from recognizer.side_by_side.batcher import SideBySideBatcher
from recognizer.side_by_side.shown_models import (
    CannotShow,
    list_shown_models,
    list_side_by_side_refs,
    set_shown_models,
)

__all__ = [
    "CannotShow",
    "SideBySideBatcher",
    "list_shown_models",
    "list_side_by_side_refs",
    "set_shown_models",
]
