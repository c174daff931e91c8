"""A champion, a challenger with another confidence, and evaluations of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from recognizer.models import Evaluation, GateResult, ModelVersion
from recognizer.registry.promotion import promote_default_model
from tests.fixtures.evaluation_reports import make_report
from tests.fixtures.releases import SHIPPED, register_variant

EvaluationFactory = Callable[..., Evaluation]


@pytest.fixture
def champion(db: None) -> ModelVersion:
    return promote_default_model(SHIPPED)


@pytest.fixture
def challenger(champion: ModelVersion, tmp_path: Path) -> ModelVersion:
    """A challenger that is not cached on this machine."""
    version = register_variant(tmp_path, temperature=2.0)
    shutil.rmtree(settings.STATE_DIR / "models" / version.sha256, ignore_errors=True)
    return version


@pytest.fixture
def make_evaluation(champion: ModelVersion, challenger: ModelVersion) -> EvaluationFactory:
    """Return a factory of evaluations of the challenger against the champion."""

    def make(gate_result: str = GateResult.PASSED, **fields: object) -> Evaluation:
        given = {"challenger": challenger, "champion": champion, "report": make_report(), **fields}
        return Evaluation.objects.create(
            gate_result=gate_result, decided_by=f"It {gate_result}.", **given
        )

    return make
