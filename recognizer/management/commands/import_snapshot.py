"""Bring a file in as a snapshot of its own, or say what would come in."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.snapshots.imports.importer import ImportResult, import_snapshot
from recognizer.snapshots.imports.records import CannotImport


class Command(BaseCommand):
    help = "Make a training set of FILE: a zip of IDX files or of PNG pictures, or JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="as export_snapshot writes it")
        parser.add_argument("--note", default="", help="what it is for")
        parser.add_argument("--dry-run", action="store_true", help="only say what would come in")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            with Path(options["file"]).open("rb") as file:
                imported = import_snapshot(
                    file, by=None, note=options["note"], dry_run=options["dry_run"]
                )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
        except CannotImport as error:
            raise CommandError(error.detail) from None
        return "\n".join(_format_result(imported))


def _format_result(imported: ImportResult) -> list[str]:
    said = imported.report.as_json()
    lines = [f"{said['drawings']} drawings ({said['format']}), {said['refused']} refused"]
    for side in ("training", "holdout"):
        counts = ", ".join(f"{label}: {count}" for label, count in said[side].items() if count)
        lines.append(f"{side}: {said['users'][side]} people; {counts or 'nothing'}")
    lines += [f"{one['at']}: {one['reason']}" for one in said["refusals"]]
    lines.append(str(imported.snapshot.pk) if imported.snapshot else "Nothing was brought in.")
    return lines
