"""Codes and architectures that the web tier declares, compared with those of the training code."""

from ml.architectures import ARCHITECTURES as ML_ARCHITECTURES
from ml.retraining.retraining_config import CannotRetrain
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.run_requests import ARCHITECTURES


def test_every_code_of_the_training_code_has_a_message() -> None:
    assert set(CannotRetrain.CODES) <= set(RUN_ERRORS)


def test_web_tier_knows_all_architectures() -> None:
    assert set(ARCHITECTURES) == set(ML_ARCHITECTURES)
