"""Log lines without control characters, with which clients could forge lines."""

import json
import logging
import os
import re
from datetime import UTC, datetime
from typing import Any

from recognizer.trace_log import current_batch

CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""All but tab and line feed; also Unicode's line separators and direction marks."""

TRACE_FIELDS = ("stage", "traces")
"""Fields of `recognizer.trace_log`."""


def escape_control_characters(text: str) -> str:
    """Return the text with each control character but tab and line feed as an escape sequence."""
    return CONTROL_CHARACTERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class EscapingFormatter(logging.Formatter):
    """One line for each message, and indented lines for its traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.replace("\n", "\\n")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return escape_control_characters(super().format(record)).replace("\n", "\n  ")


class JsonFormatter(logging.Formatter):
    """One JSON object per line, for programs that collect logs (`LOG_FORMAT=json`).

    JSON escapes control characters itself; everything outside ASCII is escaped too.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": os.getpid(),
            "message": record.getMessage(),
        }
        if batch_id := current_batch.get():
            line["batch"] = batch_id
        for name in TRACE_FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
