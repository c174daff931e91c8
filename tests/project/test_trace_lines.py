"""Lines that follow a drawing, and when they are written."""

import json
import logging
from uuid import UUID

import pytest

from recognizer.log_formatter import JsonFormatter
from recognizer.trace_log import batch_context, trace

REF = UUID(int=7)


@pytest.fixture
def traced(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "recognizer.trace")
    return caplog


def test_a_line_has_the_drawings_of_a_batch(traced: pytest.LogCaptureFixture) -> None:
    with batch_context("b1"):
        trace("queued", [(REF, 0), (str(REF), 2)], batch_id="b1")
        line = json.loads(JsonFormatter().format(traced.records[0]))
    assert (line["stage"], line["traces"]) == ("queued", [f"{REF}:0", f"{REF}:2"])
    assert line["batch"] == "b1"


def test_an_error_of_a_batch_has_its_id(traced: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("it", logging.ERROR, "", 1, "failed", (), None)
    with batch_context("b1"):
        assert json.loads(JsonFormatter().format(record))["batch"] == "b1"
    assert "batch" not in json.loads(JsonFormatter().format(record))


def test_nothing_is_written_without_drawings_or_while_it_is_off(
    traced: pytest.LogCaptureFixture,
) -> None:
    trace("queued", [])
    traced.set_level(logging.WARNING, "recognizer.trace")
    trace("queued", [(REF, 0)])
    assert traced.records == []
