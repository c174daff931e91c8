"""Make a snapshot of the current ground truth and print its id."""

from argparse import ArgumentParser
from typing import Any

from recognizer.management.base_command import SiteCommand
from recognizer.management.progress import Progress
from recognizer.models import GroundTruth
from recognizer.snapshots.build import build_snapshot


class Command(SiteCommand):
    help = "Make a snapshot of all agreed labels, or print the existing one if nothing has changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="", help="note of the snapshot")

    def handle(self, *args: Any, **options: Any) -> str:
        total = GroundTruth.objects.count()
        progress = Progress(self.stderr, f"{{:,}} of at most {total:,} drawings")
        snapshot = build_snapshot(by=None, note=options["note"], report_progress=progress.report)
        return str(snapshot.pk)
