"""Errors as RFC 9457 problem details.

A problem has `type`, `title`, `status`, `detail` and `code`, and `errors` by field if a body or a
query is not valid.
"""

from http import HTTPStatus
from math import ceil
from typing import Annotated, Any, NotRequired, TypedDict

from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from recognizer.base_errors import DomainError
from recognizer.protocol import ERRORS

MEDIA_TYPE = "application/problem+json"


class ProblemPayload(TypedDict):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: Annotated[str, "For programs; docs/http-api.md lists all codes."]
    detail: Annotated[str, "A sentence for users."]
    errors: NotRequired[Annotated[dict[str, Any], "Errors by field."]]


RETRY_AFTER_S = 2
TITLES = {413: "Content Too Large"}


class ApiProblem(exceptions.APIException):
    """A refused request: status, code for programs, sentence for users, errors by field."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: dict[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.errors = errors
        self.wait = retry_after_s  # DRF sets the header Retry-After from it


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an exception of a view, or None for an unexpected exception."""
    known = _as_api_exception(error)
    if known is None:
        return None
    response = exception_handler(known, context)
    if response is not None:
        response.data = problem_from_exception(known)
        response.content_type = MEDIA_TYPE
    return response


def domain_problem(error: DomainError) -> ApiProblem:
    """Return the problem of a domain error; Retry-After is rounded up to whole seconds."""
    return ApiProblem(
        error.status,
        error.code,
        error.message,
        errors=None if error.errors is None else dict(error.errors),
        retry_after_s=None if error.retry_after_s is None else ceil(error.retry_after_s),
    )


def build_problem(
    *, status: int, code: str, detail: str, errors: dict[str, Any] | None = None
) -> ProblemPayload:
    problem: ProblemPayload = {
        "type": "about:blank",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors is not None:
        problem["errors"] = errors
    return problem


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    match error:
        case exceptions.APIException():
            return error
        case DomainError():
            return domain_problem(error)
        case Http404():
            return ApiProblem(404, "not_found", "There is nothing at this address.")
        case RequestDataTooBig():
            return ApiProblem(413, "too_large", "The request is too large.")
        case TooManyFieldsSent() | TooManyFilesSent() | MultiPartParserError():
            return ApiProblem(400, "parse_error", "The form could not be read.")
        case SuspiciousOperation():
            return ApiProblem(400, "invalid", "The request is not valid.")
        case OperationalError() | InterfaceError():
            detail = "The database is unavailable. Please send the request again."
            return ApiProblem(503, "unavailable", detail, retry_after_s=RETRY_AFTER_S)
    return None


def problem_from_exception(error: exceptions.APIException) -> ProblemPayload:
    """Return the body of a problem. Its code is the first known code among the field errors."""
    status, detail = error.status_code, error.detail
    if isinstance(error, ApiProblem):
        return build_problem(
            status=status, code=error.code, detail=str(detail), errors=error.errors
        )
    if isinstance(detail, exceptions.ErrorDetail):
        return build_problem(status=status, code=str(detail.code), detail=str(detail))
    errors: Any = detail
    return build_problem(
        status=status,
        code=_first_error_code(errors),
        detail="Some fields are not valid.",
        errors=errors,
    )


def _first_error_code(errors: Any) -> str:
    """Return the first code of `protocol.ERRORS` among field errors, else `invalid`."""
    inner = errors.values() if isinstance(errors, dict) else errors
    for error in inner:
        code = error.code if isinstance(error, exceptions.ErrorDetail) else _first_error_code(error)
        if code in ERRORS:
            return str(code)
    return "invalid"
