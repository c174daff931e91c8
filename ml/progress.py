"""One line of text for a finished epoch."""

from __future__ import annotations

from ml.training.epoch_report import EpochReport


def format_epoch(report: EpochReport) -> str:
    """Return the epoch, its loss, the accuracies on validation, and the time left at this pace."""
    left_s = report.wall_s * (report.epochs - report.epoch)
    figures = "  ".join(f"{name} {value:.2%}" for name, value in report.validation.items())
    return (
        f"epoch {report.epoch}/{report.epochs}  loss {report.loss:.4f}  {figures}  "
        f"{report.wall_s:.0f} s, {left_s / 60:.0f} min left"
    )
