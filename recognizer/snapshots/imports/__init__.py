"""Training sets from a file: looked at first, or brought in."""

from recognizer.snapshots.imports.import_report import ImportReport
from recognizer.snapshots.imports.importer import ImportResult, import_snapshot
from recognizer.snapshots.imports.records import CannotImport, RejectedRecord

__all__ = ["CannotImport", "ImportReport", "ImportResult", "RejectedRecord", "import_snapshot"]
