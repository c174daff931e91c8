"""Links between the pages of a list."""

from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param


def build_next_url(request: Request, cursor: object | None) -> str | None:
    """Return the URL of the next page, or None without a cursor."""
    if cursor is None:
        return None
    return str(replace_query_param(request.build_absolute_uri(), "cursor", str(cursor)))
