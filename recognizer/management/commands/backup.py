"""Write a backup of the whole site to a file, or to standard output, while the site runs."""

import os
import sys
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from recognizer.backup.archive_format import CannotBackUp, Manifest
from recognizer.backup.site_backup import write_backup
from recognizer.management.base_command import SiteCommand


class Command(SiteCommand):
    help = "Write database, files and secret key to FILE, while the site runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="new file; - is standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] == "-":
            self._report_missing(write_backup(sys.stdout.buffer, self._report))
            return
        path = Path(options["file"])
        try:
            self._report_missing(self._write_file(path))
        except OSError as error:
            raise CannotBackUp(f"{error.filename or path}: {error.strerror}.") from None
        self._report(f"Backup written to {path}. It holds secrets: keep it private.")

    def _write_file(self, path: Path) -> Manifest:
        """Write the file completely or not at all, readable by its owner only."""
        if path.exists():
            raise CannotBackUp(f"{path} exists. Backups overwrite no file.")
        part = path.with_name(f"{path.name}.part")
        with suppress(FileNotFoundError):
            part.unlink()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                manifest = write_backup(file, self._report)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return manifest

    def _report(self, line: str) -> None:
        self.stderr.write(line, self.style.NOTICE)

    def _report_missing(self, manifest: Manifest) -> None:
        if missing := manifest.missing_files:
            self._report(
                f"{len(missing):,} files are missing in the storage, for example {missing[0]}."
                " Either their drawings were erased during the backup, or the storage is damaged."
            )
