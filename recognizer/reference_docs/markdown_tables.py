"""Markdown tables, and the parts of a page between two markers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SECTION = re.compile(
    r"(?P<start><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end generated -->)", re.S
)


def render_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    cells = ([" ".join(str(cell).split()).replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def render_codes(codes: Mapping[Any, str]) -> str:
    rows = [(format_code(code), meaning) for code, meaning in codes.items()]
    return render_table(("code", "meaning"), rows)


def replace_sections(page: str, sections: dict[str, str]) -> str:
    """Return the page with the content of its generated sections. Raises KeyError if unknown."""
    return SECTION.sub(
        lambda match: f"{match['start']}\n{sections[match['name']]}\n\n{match['end']}", page
    )


def format_code(name: object) -> str:
    return f"`{name}`"
