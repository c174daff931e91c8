"""Model cards and reports: the site parses what ml builds."""

import json
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
import torch
from django.conf import settings

from ml.architectures import fnn
from ml.artifacts import model_card as ml_model_card
from ml.artifacts.model_card import ModelCard as ModelCardJson
from ml.evaluation import evaluation_report_json as ml_evaluation_report
from ml.evaluation import evaluation_sets, model_card_sections
from ml.evaluation.evaluation_sets import EvaluationSet
from ml.evaluation.model_comparison import compare_models
from ml.inference.predictor import load_predictor
from recognizer.models import ModelVersion
from recognizer.registry.parsers.evaluation_report_parser import REPORT_VERSION, parse_report
from recognizer.registry.parsers.model_card_parser import CARD_VERSION, SECTIONS, parse_model_card

FOLDERS = sorted(path.parent for path in settings.BUNDLED_MODELS_DIR.glob("*/card.json"))
RETRAINED_SECTIONS = {"data"}


def test_both_sides_have_the_same_versions_and_sections() -> None:
    assert ml_model_card.CARD_VERSION == CARD_VERSION
    assert ml_evaluation_report.REPORT_VERSION == REPORT_VERSION
    assert set(SECTIONS) <= get_type_hints(ModelCardJson).keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_card_has_every_section(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    card = json.loads((folder / "card.json").read_text())
    assert card.keys() == get_type_hints(ModelCardJson).keys() - RETRAINED_SECTIONS
    parsed = parse_model_card(ModelVersion(name=folder.name, sha256=card["sha256"], card=card))
    absent = {name for name in SECTIONS if getattr(parsed, name) is None}
    assert absent == RETRAINED_SECTIONS
    assert parsed.training is not None
    assert parsed.training.config.pictures
    assert not caplog.records


def test_measured_sections_are_parsed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(evaluation_sets, "NUM_REPORT_DIGITS", 20)
    monkeypatch.setattr(model_card_sections, "find_report_set", lambda: "synthetic")
    rasters = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    sets = {"synthetic": (rasters, np.arange(20, dtype=np.int64) % 10)}
    predictor = load_predictor(settings.BUNDLED_MODELS_DIR / "fnn", "cpu")
    torch.manual_seed(0)
    sections = {
        **model_card_sections.describe_parameters(fnn.build()),
        **model_card_sections.build_model_report(predictor, sets),
        "training": {"epochs": 1, "curves": model_card_sections.build_training_curves([])},
    }
    card = json.loads(json.dumps({"version": CARD_VERSION, **sections}))
    parsed = parse_model_card(ModelVersion(name="fnn", sha256="ab" * 32, card=card))
    assert all(getattr(parsed, name) is not None for name in sections.keys() & set(SECTIONS))
    assert parsed.misclassifications
    assert not caplog.records


@pytest.mark.parametrize("keys", [(), tuple(f"{number}/1" for number in range(40))])
def test_a_comparison_report_is_parsed(
    keys: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    champion, challenger = (
        load_predictor(settings.BUNDLED_MODELS_DIR / name, "cpu") for name in ("inknet", "fnn")
    )
    rasters = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    labels = np.arange(40, dtype=np.int64) % 10
    drawings = EvaluationSet("people", "Users", rasters, labels, keys=keys)
    empty = EvaluationSet("reviewed", "Reviewed", rasters[:0], labels[:0])
    result = compare_models(champion, challenger, [drawings, empty], published=[drawings])
    report = parse_report(json.loads(json.dumps(result.report)), "new")
    assert report.sets is not None
    assert report.published is not None
    assert report.latency is not None
    users, nothing = report.sets
    assert users.is_from_users == bool(keys)
    assert users.challenger is not None
    assert bool(users.challenger.misclassifications) == bool(keys)
    assert nothing.champion is None
    assert not caplog.records
