"""The compiled scanner accepts only ink that Python writes alike, and measures it alike."""

import json
import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from compiled import library
from recognizer.drawings import ink_scanner
from recognizer.drawings.ink_scanner import decode_message, load_scanner
from recognizer.drawings.ink_validation import Ink, parse_ink
from tests.pipeline.factories import load_ink

NUMBERS = [
    *("0", "7", "-7", "120", "0.5", "-0.0", "1.0", "10.25", "-123.456", "0.0001", "999999999999"),
    *("00", "01", "-0", "1.50", "1.00", ".5", "5.", "1e3", "1E3", "1e-7", "0.00001", "1e400"),
    *("123456789012345", "1234567890123456", "0.1234567890123456", "1000000000001", "100001"),
    *("", "-", "+1", "0x1", "nan", "NaN", "Infinity", "true", "null", '"1"', " 1", "1 "),
]


@pytest.fixture(autouse=True)
def scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    library.build_library()
    load_scanner.cache_clear()
    assert load_scanner() is not None


def _decode_by_python(message: bytes) -> Any:
    decoded = orjson.loads(message)
    return {**decoded, "strokes": parse_ink(decoded["strokes"])}


def _message(ink: str) -> bytes:
    return f'{{"type":"draw","ref":"é","strokes":{ink},"pointer":"pen"}}'.encode()


def test_reads_real_ink_as_python_does() -> None:
    for digit in range(10):
        message = _message(load_ink(digit))
        decoded = decode_message(message)
        assert isinstance(decoded["strokes"], Ink)
        assert decoded == _decode_by_python(message)


def test_reads_numbers_as_python_does_or_leaves_them_to_python() -> None:
    chance = random.Random(3)
    num_scanned = 0
    for number in NUMBERS:
        for position in range(4):
            values = [chance.choice(["1", "2.5", "-3"]) for _ in range(4)]
            values[position] = number
            message = _message(f"[[[{','.join(values)}],[4,5]],[[6,-7.25,8]]]")
            try:
                decoded = decode_message(message)
            except orjson.JSONDecodeError:
                with pytest.raises(orjson.JSONDecodeError):
                    orjson.loads(message)
                continue
            if isinstance(decoded["strokes"], Ink):
                num_scanned += 1
                assert decoded == _decode_by_python(message)
            else:
                assert decoded == orjson.loads(message)
    assert num_scanned >= 40


@pytest.mark.parametrize(
    "ink",
    [
        "[]",
        "[[]]",
        "[[[1]]]",
        "[[[1,2,3,4,5]]]",
        "[[[1,2]],[]]",
        "[ [[1,2]]]",
        "[[[1,2]]",
        "5",
        "[[[1,2],]]",
        "[[[1,2]]]]",
        "{}",
        "null",
        "[[1,2]]",
        "[[[100001,2]]]",
        "[[[1,1000000000001]]]",
    ],
)
def test_leaves_invalid_ink_to_python(ink: str) -> None:
    message = _message(ink)
    try:
        expected = orjson.loads(message)
    except orjson.JSONDecodeError:
        with pytest.raises(orjson.JSONDecodeError):
            decode_message(message)
    else:
        assert decode_message(message) == expected


def test_limits_are_left_to_python() -> None:
    for ink in (json.dumps([[[1, 2]]] * 201), json.dumps([[[1, 2]] * 5_001])):
        decoded = decode_message(_message(ink.replace(" ", "")))
        assert not isinstance(decoded["strokes"], Ink)


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"draw","a":{"strokes":[[[1,2]]]},"strokes":[[[3,4]]]}',
        b'{"type":"draw","a":{"strokes":[[[1,2]]]}}',
        b'{"strokes":[[[1,2]]],"strokes":[[[3,4]]]}',
        b'[{"strokes":[[[1,2]]]}]',
        b'{"a":"\\"strokes\\":[[[1,2]]]"}',
        b'{"type":"claim"}',
    ],
)
def test_reads_strokes_of_the_message_only(message: bytes) -> None:
    assert decode_message(message) == orjson.loads(message)


def test_decodes_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ink_scanner, "load_scanner", lambda: None)
    message = _message(load_ink(3))
    assert decode_message(message) == orjson.loads(message)


def test_a_missing_compiler_is_reported_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "digitsite.so"
    monkeypatch.setattr(library, "library_path", lambda: path)
    for compiler in ("/nonexistent/cc", "false"):
        monkeypatch.setenv("CC", compiler)
        library.main()
        assert "C compiler" in capsys.readouterr().err
    assert not path.exists()
