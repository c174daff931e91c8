"""Write a snapshot to a file, or to standard output."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognizer.management.base_command import SiteCommand
from recognizer.management.progress import Progress
from recognizer.permission_checked_lookups import find_snapshot
from recognizer.snapshots.exports.formats import EXPORT_FORMATS, export_snapshot


class Command(SiteCommand):
    help = "Write the snapshot ID as IDX files, PNG pictures with a CSV, or JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="id that make_snapshot printed")
        formats = list(EXPORT_FORMATS)
        parser.add_argument("format", metavar="FORMAT", choices=formats, help=" or ".join(formats))
        parser.add_argument("file", metavar="FILE", help="output file; - is standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        chunks = self._report(
            export_snapshot(find_snapshot(options["id"]), options["format"]).chunks
        )
        if options["file"] == "-":
            sys.stdout.buffer.writelines(chunks)
            return
        try:
            with Path(options["file"]).open("wb") as file:
                file.writelines(chunks)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None

    def _report(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        progress, written = Progress(self.stderr, "{:,} bytes written"), 0
        for chunk in chunks:
            yield chunk
            written += len(chunk)
            progress.report(written)
