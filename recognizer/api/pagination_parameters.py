"""Parameters of lists, and links between their pages."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from recognizer.drawings.pagination import MAX_PAGE_SIZE


def page_parameters(rows: str, *, size: int, cursor: Any = str) -> list[OpenApiParameter]:
    """Return `cursor` and `limit` of a list of `rows` with pages of `size` by default."""
    limit = f"{rows} per page: {size}, at most {MAX_PAGE_SIZE}."
    return [
        OpenApiParameter("cursor", cursor, description="The cursor in `next` of the page before."),
        OpenApiParameter("limit", int, description=limit),
    ]


def filter_parameters(expected: Mapping[str, str]) -> list[OpenApiParameter]:
    """Return the parameters of filters, given the expected value of each."""
    return [
        OpenApiParameter(name, str, description=f"{value[0].upper()}{value[1:]}.")
        for name, value in expected.items()
    ]


def build_next_url(request: Request, cursor: object | None) -> str | None:
    """Return the URL of the next page, or None without a cursor."""
    if cursor is None:
        return None
    url = f"{_find_origin(request)}{request.get_full_path()}"
    return str(replace_query_param(url, "cursor", str(cursor)))


def _find_origin(request: Request) -> str:
    """Return the origin that the client uses.

    A proxy may pass the Host header without the port. The origin of ORIGINS with the same host
    name then has the port.
    """
    own = f"{request.scheme}://{request.get_host()}"
    host = urlsplit(own)
    if own in settings.ORIGINS or host.port is not None:
        return own
    origins = [one for one in settings.ORIGINS if urlsplit(one).hostname == host.hostname]
    return origins[0] if origins else own
