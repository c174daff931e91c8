"""Tables of the expected result of each request and message by role."""

import csv
from pathlib import Path

from django.conf import settings

from recognizer.reference_docs.markdown import format_code, render_table

PERMISSIONS_FILE = Path(settings.ROOT) / "tests" / "security" / "permissions.csv"
"""The expectations that the tests try by every role."""


def render_permissions(kind: str) -> str:
    """Return the rows of one kind: route, message or training_socket."""
    with PERMISSIONS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.pop("kind") == kind]
    cells = [[format_code(row.pop("request")), *row.values()] for row in rows]
    return render_table(("request", *rows[0]), cells)
