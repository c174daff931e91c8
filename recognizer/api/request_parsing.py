"""What requests are made of: bodies of a bounded size, parameters that exist."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from recognizer.api.problems import ApiProblem

FORM_FIELDS_MAX_BYTES = 64 * 1024
MAX_WAIT_S = 20.0


class JsonBodyParser(parsers.BaseParser):
    """JSON by a reader that is fast, strict (no NaN) and safe from deep nesting."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise ApiProblem(413, "too_large", f"A request may have {limit // 2**20} MiB at most.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"This is not JSON: {error}.", "bad_json") from None


class PictureFormParser(parsers.MultiPartParser):
    """A form with one picture. Its declared length is looked at before any of it is read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        length = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.PICTURE_MAX_BYTES + FORM_FIELDS_MAX_BYTES:
            limit = settings.PICTURE_MAX_BYTES // 2**20
            raise ApiProblem(413, "too_large", f"A picture may have {limit} MiB at most.")
        return super().parse(stream, media_type, parser_context)


def parse_query_params(request: Request, *known: str) -> dict[str, str]:
    """The query's parameters, each once. Refuses what is not known."""
    unknown = set(request.query_params) - set(known)
    if unknown:
        sentence = f"There is no parameter of this name. There are: {', '.join(known) or 'none'}."
        errors = dict.fromkeys(sorted(unknown), sentence)
        raise ApiProblem(400, "invalid", "Some parameters are unknown.", errors=errors)
    repeated = sorted(name for name, values in request.query_params.lists() if len(values) > 1)
    if repeated:
        errors = dict.fromkeys(repeated, "Give it once.")
        raise ApiProblem(400, "invalid", "Some parameters are repeated.", errors=errors)
    return request.query_params.dict()


def parse_wait_s(request: Request) -> float:
    """`?wait=`: how long an answer may be waited for."""
    text = parse_query_params(request, "wait").get("wait") or "0"
    if text.replace(".", "", 1).isdecimal() and text.isascii() and float(text) <= MAX_WAIT_S:
        return float(text)
    errors = {"wait": f"Give a number of seconds from 0 to {MAX_WAIT_S:g}."}
    raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
