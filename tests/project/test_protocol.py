"""The payload of a task, labels, and the page that lists what clients may meet."""

import re
from pathlib import Path

import pytest

from recognizer import protocol
from recognizer.models import NOT_A_DIGIT_LABEL

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "protocol.md"


def test_a_group_survives_its_journey() -> None:
    payload = protocol.encode_batch("g", [("a", 1, "[[[1,2]]]"), ("b", 2, "")])
    group = protocol.decode_batch(payload)
    assert group.id == "g"
    assert group.drawings == [
        protocol.BatchItem("a", 1, [[[1, 2]]]),
        protocol.BatchItem("b", 2, None),
    ]


@pytest.mark.parametrize("value", [None, 0, 9, NOT_A_DIGIT_LABEL])
def test_a_label_survives_its_journey(value: int | None) -> None:
    assert protocol.parse_label(protocol.label_json(value)) == value


@pytest.mark.parametrize("label", [10, -1, "3", True, 2.0, "nothing", [], {}])
def test_what_is_no_label_is_refused(label: object) -> None:
    with pytest.raises(ValueError, match="A label is"):
        protocol.parse_label(label)


def _socket_part() -> str:
    """From its heading to the next one of its rank."""
    return PAGE.read_text().partition("## The socket\n")[2].partition("\n## ")[0]


def test_the_page_lists_every_message_and_every_code() -> None:
    named = set(re.findall(r"`([a-z0-9_]+)`", _socket_part()))
    expected = {*protocol.CLIENT_MESSAGE_TYPES, *protocol.SERVER_MESSAGE_TYPES}
    assert expected | _codes() <= named


def test_the_page_knows_no_code_that_is_not_there() -> None:
    codes = _socket_part().partition("### Codes of errors")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", codes, re.MULTILINE)) == _codes()


def _codes() -> set[str]:
    return {
        *protocol.ERRORS,
        *protocol.RECOGNITION_FAILURES,
        *protocol.SIDE_BY_SIDE_FAILURES,
        *map(str, protocol.CLOSE_CODES),
    }
