"""Training sets from a file: looked at first, or brought in."""

from recognizer.snapshots.imports.bringing_in import Imported, import_snapshot
from recognizer.snapshots.imports.incoming import CannotImport, Refusal
from recognizer.snapshots.imports.report import Report

__all__ = ["CannotImport", "Imported", "Refusal", "Report", "import_snapshot"]
