"""Comparison of docs/models.md with the model card of inknet."""

from ml.inference.predictor import Predictor
from tests.ml.conftest import ROOT


def test_the_page_has_the_metrics_of_the_model_card(predictor: Predictor) -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    card = predictor.card

    assert f"inknet@{predictor.sha256[:12]}" in page
    assert f"{card['parameters']:,} parameters" in page
    assert f"probability of {card['decision']['rejection_threshold']} on" in page
    for part in ("test", "validation"):
        metrics = card["metrics"][part]
        for name in ("mnist", "pen", "pen_turned", "letters", "generated"):
            assert f"{100 * metrics[name]['accuracy']:.2f} %" in page
            assert f"n {metrics[name]['n']:,}" in page
        assert f"{100 * metrics['calibration']['ece']:.2f} %" in page
