"""Import a file as a snapshot, or check what would be imported."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognizer.management.base_command import SiteCommand
from recognizer.models import Split
from recognizer.snapshots.imports.importer import ImportResult, import_snapshot


class Command(SiteCommand):
    help = "Make a snapshot of FILE: a zip of IDX files or PNG pictures, or JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a file that export_snapshot wrote")
        parser.add_argument("--note", default="", help="note of the snapshot")
        parser.add_argument("--dry-run", action="store_true", help="only check the file")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            with Path(options["file"]).open("rb") as file:
                imported = import_snapshot(
                    file, by=None, note=options["note"], dry_run=options["dry_run"]
                )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
        return "\n".join(_format_result(imported))


def _format_result(imported: ImportResult) -> list[str]:
    report = imported.report.as_json(dry_run=imported.snapshot is None, snapshot=None)
    lines = [f"{report['drawings']} drawings ({report['format']}), {report['refused']} refused"]
    for split in Split:
        counts = report["training"] if split == Split.TRAINING else report["holdout"]
        labels = ", ".join(f"{label}: {count}" for label, count in counts.items() if count)
        lines.append(f"{split}: {dict(report['users'])[split]} users; {labels or 'nothing'}")
    if check := imported.report.champion_check:
        lines.append(f"The champion reads {check.num_agreed} of {check.num_digits} digits so.")
        if check.suspected:
            lines.append(f"Warning: the pictures seem to be {check.suspected}.")
    lines += [f"{error['at']}: {error['reason']}" for error in report["refusals"]]
    lines.append(str(imported.snapshot.pk) if imported.snapshot else "Nothing was imported.")
    return lines
