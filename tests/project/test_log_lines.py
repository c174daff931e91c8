"""Control characters in log lines and on the console."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digitsite.launcher.error_log_tail import LogTail
from recognizer.log_formatter import EscapingFormatter, JsonFormatter
from tests.fixtures.settings_process import run_with_settings

HOSTILE = [
    "\x1b[31mred",
    "a\r2026-01-01 00:00:00 ERROR forged: line",
    "a\n2026-01-01 00:00:00 ERROR forged: line",
    "bell\x07 null\x00 delete\x7f",
    "\x9b31m",
    "line\u2028separator",
    "\u202edirection",
]

FormatRecord = Callable[..., str]


@pytest.fixture
def format_record() -> FormatRecord:
    """Return a function that formats a record as the handler of all processes does."""
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    formatter = next(it for it in formatters if isinstance(it, EscapingFormatter))

    def format_it(message: str, *values: object, error: Exception | None = None) -> str:
        info = (type(error), error, None) if error else None
        record = logging.LogRecord("it", logging.ERROR, "", 1, message, values, info)
        return str(formatter.format(record))

    return format_it


@pytest.mark.parametrize("text", HOSTILE)
def test_escapes_control_characters_of_a_message(format_record: FormatRecord, text: str) -> None:
    for line in (format_record("%s", text), format_record(text.replace("%", ""))):
        assert line.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_traceback_cannot_forge_a_line(format_record: FormatRecord, text: str) -> None:
    lines = format_record("failed", error=ValueError(text)).split("\n")
    assert all(line.isprintable() for line in lines)
    assert all(line.startswith("  ") for line in lines[1:])


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\n" not in text])
def test_the_console_escapes_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    tail = LogTail(tmp_path)
    (tmp_path / "broker.log").write_text(f"ERROR {text}\n")
    tail.report()
    assert capsys.readouterr().out.rstrip("\n").isprintable()


def test_names_the_exception_of_a_traceback_as_the_cause(tmp_path: Path) -> None:
    tail = LogTail(tmp_path)
    (tmp_path / "web.log").write_text(
        "Traceback (most recent call last):\n"
        '  File "a.py", line 1, in <module>\n'
        "    run()\n"
        "site.UnusableWeights: no weights in /srv\n"
    )
    (tmp_path / "supervisor.log").write_text(
        "2026-01-01 WARN exited: web (exit status 1; not expected)\n" * 2
    )
    tail.report()
    assert tail.exits == {"web": 2}
    assert "web: site.UnusableWeights: no weights in /srv" in tail.describe_cause("web")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_json_line_holds_any_message_and_traceback(text: str) -> None:
    error = ValueError(text)
    record = logging.LogRecord(
        "it", logging.ERROR, "", 1, "%s", (text,), (type(error), error, None)
    )
    line = JsonFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    assert found["message"] == text
    assert found["exception"] == f"ValueError: {text}"


WRITE_LINE = """
import django, logging
django.setup()
logging.getLogger("recognizer.it").warning("%s drawings", 3)
"""


def test_a_setting_selects_json(tmp_path: Path) -> None:
    done = run_with_settings(WRITE_LINE, tmp_path, LOG_FORMAT="json")
    [line] = map(json.loads, done.stderr.splitlines())
    assert set(line) == {"time", "level", "logger", "process", "message"}
    assert (line["level"], line["logger"]) == ("WARNING", "recognizer.it")
    assert line["message"] == "3 drawings"


REPORT_ACCESS_LOG = """
import django, logging, uvicorn
uvicorn.Config("digitsite.asgi:application", access_log=False)
django.setup()
print(logging.getLogger("uvicorn.access").hasHandlers())
"""


def test_web_processes_write_no_line_per_request(tmp_path: Path) -> None:
    """Health checks alone would write two lines per second."""
    done = run_with_settings(REPORT_ACCESS_LOG, tmp_path)
    assert done.stdout == "False\n"
