"""Write a snapshot to a file, or to standard output."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.access import NotFound, parse_uuid
from recognizer.models import Snapshot
from recognizer.snapshots.exports.formats import EXPORT_FORMATS, export_snapshot


class Command(BaseCommand):
    help = "Write the snapshot ID as IDX files, PNG pictures with a CSV, or JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="id that make_snapshot printed")
        parser.add_argument(
            "format",
            metavar="FORMAT",
            choices=list(EXPORT_FORMATS),
            help=" or ".join(EXPORT_FORMATS),
        )
        parser.add_argument("file", metavar="FILE", help="output file; - is standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            snapshot = Snapshot.objects.get(pk=parse_uuid(options["id"]))
        except (NotFound, Snapshot.DoesNotExist):
            raise CommandError(f"There is no snapshot {options['id']!r}.") from None
        chunks = export_snapshot(snapshot, options["format"]).chunks
        if options["file"] == "-":
            sys.stdout.buffer.writelines(chunks)
            return
        try:
            with Path(options["file"]).open("wb") as file:
                file.writelines(chunks)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
