"""Make all clients reload their lists, after the database was restored from a backup."""

from argparse import ArgumentParser
from typing import Any

from recognizer.management.base_command import SiteCommand
from recognizer.messaging.site_claim import start_feed_epoch


class Command(SiteCommand):
    help = "Make all clients reload their lists, after a restore of the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-new-site",
            action="store_true",
            help="the database is a copy for another site: give it other names in Redis",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        start_feed_epoch(as_new_site=options["as_new_site"])
        return "Clients reload their lists."
