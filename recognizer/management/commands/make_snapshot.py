"""Make a snapshot of what is agreed now and print its id."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.snapshots.build import CannotBuild, build_snapshot


class Command(BaseCommand):
    help = "Make a training set of all that is agreed now; while nothing changes, the same one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            return str(build_snapshot(by=None, note=options["note"]).pk)
        except CannotBuild as error:
            raise CommandError(error.message) from None
