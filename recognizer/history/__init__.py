"""Reading one's own drawings, and throwing them away: filters, pages, figures, the bin."""

from recognizer.history.bin import (
    CannotFind,
    CannotRestore,
    delete_drawing,
    erase_deleted,
    restore_drawing,
)
from recognizer.history.fate import Became, Fate, fate_of, what_became_of
from recognizer.history.figures import DigitFigures, Figures, figures_of
from recognizer.history.filters import CannotFilter, Filters, read_filters
from recognizer.history.pages import Page, list_drawings, read_page_size
from recognizer.history.past import past_json, shown_answers

__all__ = [
    "Became",
    "CannotFilter",
    "CannotFind",
    "CannotRestore",
    "DigitFigures",
    "Fate",
    "Figures",
    "Filters",
    "Page",
    "delete_drawing",
    "erase_deleted",
    "fate_of",
    "figures_of",
    "list_drawings",
    "past_json",
    "read_filters",
    "read_page_size",
    "restore_drawing",
    "shown_answers",
    "what_became_of",
]
