"""Reports of errors to Sentry, without data of users (`SENTRY_DSN`)."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

SENT_KEYS = frozenset(
    {
        "event_id",
        "timestamp",
        "platform",
        "level",
        "logger",
        "release",
        "environment",
        "server_name",
        "sdk",
        "modules",
        "contexts",
        "transaction",
        "exception",
        "logentry",
    }
)
DSN_PATTERN = re.compile(r"https?://\w+@[^/\s]+/(\S+/)?\d+")
SENT_CONTEXTS = frozenset({"runtime", "trace"})


def parse_sentry_dsn(text: str) -> str:
    """Return the DSN, or an empty text. Raises ValueError."""
    if text and not DSN_PATTERN.fullmatch(text):
        raise ValueError("must be the DSN of a project, https://KEY@HOST/NUMBER")
    return text


def start_error_reports(dsn: str) -> None:
    """Send unhandled exceptions and logged errors of this process to `dsn`.

    Bodies, local variables, breadcrumbs and traces are never collected.
    """
    import sentry_sdk  # a process without a DSN does not load it

    sentry_sdk.init(
        dsn=dsn,
        before_send=remove_user_data,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        auto_session_tracking=False,
    )


def remove_user_data(event: "Event", hint: "Hint") -> "Event":
    """Keep the type and the stack of an exception, and the text of a log line before its values.

    The text of an exception can hold a name or an address, for example of a unique key.
    """
    kept: dict[str, Any] = {key: value for key, value in event.items() if key in SENT_KEYS}
    contexts = kept.get("contexts", {})
    kept["contexts"] = {key: contexts[key] for key in SENT_CONTEXTS & set(contexts)}
    if "logentry" in kept:
        kept["logentry"] = {"message": kept["logentry"].get("message", "")}
    for exception in kept.get("exception", {}).get("values", []):
        exception["value"] = ""
    return kept  # type: ignore[return-value]  # a dict with the keys of an Event
