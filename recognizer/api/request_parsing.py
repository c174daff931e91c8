"""Parsing of request bodies and query parameters."""

from collections.abc import Collection, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from recognizer.api.problem_details import ApiProblem
from recognizer.api.request_serializers import RequestSerializer

FORM_FIELDS_MAX_BYTES = 64 * 1024
MAX_WAIT_S = 20.0


class JsonBodyParser(parsers.BaseParser):
    """JSON by orjson: fast, strict (no NaN), and safe against deep nesting."""

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
            raise ApiProblem(413, "too_large", f"A request may have at most {limit // 2**20} MiB.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"This is not JSON: {error}.", "bad_json") from None


class PictureFormParser(parsers.MultiPartParser):
    """A form with one picture. Its declared length is checked before it is read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        length = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.PICTURE_MAX_BYTES + FORM_FIELDS_MAX_BYTES:
            limit = settings.PICTURE_MAX_BYTES // 2**20
            raise ApiProblem(413, "too_large", f"A picture may have at most {limit} MiB.")
        return super().parse(stream, media_type, parser_context)


def check_query_params(request: Request, known: Collection[str]) -> None:
    """Raise ApiProblem if a query parameter is unknown or repeated."""
    unknown = set(request.query_params) - set(known)
    if unknown:
        sentence = f"There is no parameter of this name. There are: {', '.join(known) or 'none'}."
        errors = dict.fromkeys(sorted(unknown), sentence)
        raise ApiProblem(400, "invalid", "Some parameters are unknown.", errors=errors)
    repeated = sorted(name for name, values in request.query_params.lists() if len(values) > 1)
    if repeated:
        raise ApiProblem(
            400,
            "invalid",
            "Some parameters are repeated.",
            errors=dict.fromkeys(repeated, "Give it once."),
        )


def parse_body(request: Request, serializer_class: type[RequestSerializer]) -> dict[str, Any]:
    """Return the validated fields of the body. Raises ValidationError."""
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    body: dict[str, Any] = serializer.validated_data
    return body


def parse_wait_s(request: Request) -> float:
    """Return the seconds in `?wait=`, 0 without it. Raises ApiProblem."""
    text = request.query_params.get("wait") or "0"
    if text.replace(".", "", 1).isdecimal() and text.isascii() and float(text) <= MAX_WAIT_S:
        return float(text)
    raise invalid_parameter("wait", f"Give a number of seconds from 0 to {MAX_WAIT_S:g}.")


def invalid_parameter(name: str, message: str) -> ApiProblem:
    """Return the problem of a query parameter with an invalid value."""
    errors = {name: message}
    return ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
