"""Markdown tables, and the parts of a page between two markers."""

import re
from collections.abc import Iterable, Sequence

SECTION = re.compile(
    r"(?P<start><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end generated -->)", re.S
)


def render_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(_format_cell(cell) for cell in line)} |" for line in lines)


def replace_sections(page: str, sections: dict[str, str]) -> str:
    """Return the page with the content of its generated sections. Raises KeyError if unknown."""
    return SECTION.sub(
        lambda match: f"{match['start']}\n{sections[match['name']]}\n\n{match['end']}", page
    )


def format_code(name: object) -> str:
    return f"`{name}`"


def _format_cell(cell: object) -> str:
    return " ".join(str(cell).split()).replace("|", "\\|")
