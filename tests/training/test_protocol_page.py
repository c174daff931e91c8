"""docs/protocol.md, the part about training runs, held against the code."""

import re
from pathlib import Path

from ml.architectures import ARCHITECTURES as OF_ML
from ml.retraining.retraining_config import CannotRetrain
from recognizer.training.run_errors import REQUEST_ERRORS, RUN_ERRORS
from recognizer.training.run_requests import ARCHITECTURES

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "protocol.md").read_text()


def test_it_lists_every_failure_with_its_sentence() -> None:
    part = PAGE.partition("## The socket of a training run")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", part, re.M)
    assert dict(rows) == RUN_ERRORS


def test_it_lists_every_refusal() -> None:
    problems = PAGE.partition("### Problems")[2]
    assert set(REQUEST_ERRORS) <= set(re.findall(r"`(\w+)`", problems))


def test_every_code_of_a_training_has_a_sentence() -> None:
    assert set(CannotRetrain.CODES) <= set(RUN_ERRORS)


def test_the_web_knows_the_networks_that_can_be_trained() -> None:
    assert set(ARCHITECTURES) == set(OF_ML)
