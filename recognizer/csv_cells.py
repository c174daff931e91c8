"""Cells of CSV files that spreadsheets may open."""

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n")


def escape_cell(value: object) -> str:
    """Return a cell that no spreadsheet treats as a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text
