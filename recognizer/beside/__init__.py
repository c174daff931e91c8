"""All models answer the same drawing side by side: which ones, and how they are asked.

Only for who asks, by the background, and nothing of it is stored: the answer people get knows
nothing of all this.
"""

from recognizer.beside.asking import Asker
from recognizer.beside.shown import CannotShow, choose_shown, list_shown, name_side_by_side

__all__ = ["Asker", "CannotShow", "choose_shown", "list_shown", "name_side_by_side"]
