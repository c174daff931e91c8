"""Base classes of the errors that a rule of the site raises when it refuses a request.

Each interface maps them in one place: `recognizer.api.problem_details` to an HTTP problem,
`recognizer.realtime.base_consumer` to an `error` message, `recognizer.views.access_decorators` to
a page.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refused request: the HTTP status, a code for programs, a sentence for users.

    `errors` holds messages by field; `retry_after_s` is set if the same request may pass later.
    """

    code: str = "invalid"
    status: int = 400

    def __init__(
        self,
        message: str,
        *,
        errors: Mapping[str, Any] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors
        self.retry_after_s = retry_after_s


class CodedError(DomainError):
    """A refused request with one of several codes: `CannotLabel("stale")`.

    `messages` has the default sentence of each code; `statuses` the codes whose status differs
    from `status`.
    """

    messages: ClassVar[Mapping[str, str]] = {}
    statuses: ClassVar[Mapping[str, int]] = {}

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        errors: Mapping[str, Any] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message or self.messages[code], errors=errors, retry_after_s=retry_after_s)
        self.code = code
        self.status = self.statuses.get(code, self.status)
