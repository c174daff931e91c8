"""Restore a backup into an empty site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from recognizer.backup.site_restore import restore_backup
from recognizer.management.base_command import SiteCommand
from recognizer.messaging.site_claim import start_feed_epoch


class Command(SiteCommand):
    help = "Restore a backup into an empty site, before its first start."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="file that backup wrote")
        parser.add_argument(
            "--as-new-site",
            action="store_true",
            help="the site of the backup continues to run: give this one other names in Redis",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        manifest = restore_backup(Path(options["file"]), self.stderr.write)
        start_feed_epoch(as_new_site=options["as_new_site"])
        rows = sum(manifest.rows.values())
        return f"Restored {rows:,} rows. Start the site: make run"
