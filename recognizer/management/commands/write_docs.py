"""`manage.py write_docs`."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.reference_docs.generated_page_sections import iter_changes


class Command(BaseCommand):
    help = "Write the generated tables of the documentation."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if a page is not current")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        changes = list(iter_changes())
        if check and changes:
            names = ", ".join(page.name for page, _ in changes)
            raise CommandError(f"Not current: {names}. Run manage.py write_docs.")
        for page, text in changes:
            page.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {page.name}.")
