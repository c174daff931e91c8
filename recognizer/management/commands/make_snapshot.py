"""Make a snapshot of the current ground truth and print its id."""

from argparse import ArgumentParser
from typing import Any

from recognizer.management.base_command import SiteCommand
from recognizer.snapshots.build import build_snapshot


class Command(SiteCommand):
    help = "Make a snapshot of all agreed labels, or print the existing one if nothing has changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="", help="note of the snapshot")

    def handle(self, *args: Any, **options: Any) -> str:
        return str(build_snapshot(by=None, note=options["note"]).pk)
