"""Encoding of task payloads and labels."""

import pytest

from recognizer import protocol
from recognizer.models import NOT_A_DIGIT_LABEL


def test_decodes_an_encoded_batch() -> None:
    payload = protocol.encode_batch("g", [("a", 1, "[[[1,2]]]"), ("b", 2, "")])
    batch = protocol.decode_batch(payload)
    assert batch.id == "g"
    assert batch.drawings == [
        protocol.BatchItem("a", 1, "[[[1,2]]]"),
        protocol.BatchItem("b", 2, ""),
    ]


@pytest.mark.parametrize("value", [None, 0, 9, NOT_A_DIGIT_LABEL])
def test_parses_a_formatted_label(value: int | None) -> None:
    assert protocol.parse_label(protocol.label_json(value)) == value


@pytest.mark.parametrize("label", [10, -1, "3", True, 2.0, "nothing", [], {}])
def test_refuses_an_invalid_label(label: object) -> None:
    with pytest.raises(ValueError, match="A label is"):
        protocol.parse_label(label)
