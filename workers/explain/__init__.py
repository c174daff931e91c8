"""Explanations of predictions, computed in the background worker."""

from collections.abc import Callable

from recognizer.protocol import JSON

ReportProgress = Callable[[int, int], None]
"""Takes the number of steps done and the total."""
SaveResult = Callable[[JSON], None]
