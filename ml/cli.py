"""Command line of the machine learning code: `python -m ml train | average | evaluate | sweep |
export`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from ml.architectures import ARCHITECTURES
from ml.artifacts.model_card import CannotLoadRelease, load_model_card, save_model_card
from ml.data.datasets import DatasetMissing
from ml.training.epoch_report import EpochReport
from ml.training_config import DATASET_NAMES

WEIGHTS_DIR = Path(__file__).parent / "weights"
MODELS_PAGE = Path(__file__).parents[1] / "docs" / "models.md"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (CannotLoadRelease, DatasetMissing) as error:
        print(error, file=sys.stderr)
        return 1


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(
        required=True, metavar="train | average | evaluate | sweep | export"
    )
    for add_command in (_add_train, _add_average, _add_evaluate, _add_sweep, _add_export):
        add_command(commands)
    return parser


def _add_train(commands: Any) -> None:
    train = commands.add_parser("train", help="train an architecture and write its release")
    train.add_argument("architecture", choices=ARCHITECTURES)
    train.add_argument(
        "--shape",
        nargs="+",
        metavar="NAME=VALUE",
        help="parameters of mlp: depth, width, activation",
    )
    train.add_argument("--base", nargs="+", choices=DATASET_NAMES, help="data sets; default: all")
    train.add_argument("--epochs", type=int, default=None)
    train.add_argument("--seed", type=int, default=None)
    train.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=NUMBER",
        dest="numbers",
        help="other numbers of ml/training_config.py: peak_lr=1e-3 pictures.rotation=15",
    )
    train.add_argument("--device", default=None, help="cpu or cuda; default: cuda if available")
    train.add_argument("--threads", type=int, default=1, help="number of CPU threads")
    train.add_argument(
        "--out", type=Path, help="folder of the release; default: ml/weights/ARCHITECTURE"
    )
    train.add_argument(
        "--checkpoint", type=Path, help="resumed if it exists; default: var/train-ARCHITECTURE.pt"
    )
    train.add_argument("--start", help="release whose weights the run starts from; default: none")
    train.add_argument("--note", default="", help="text for the model card")
    train.add_argument("--no-test", action="store_true", help="do not evaluate on the test sets")
    train.set_defaults(run=_run_train)


def _add_average(commands: Any) -> None:
    average = commands.add_parser(
        "average", help="average releases and the release they started from"
    )
    average.add_argument("names", nargs="+", help="folders, or names in ml/weights")
    average.add_argument("--start", required=True, help="release that the runs started from")
    average.add_argument("--alpha", type=float, default=0.5, help="weight of the runs, 0 to 1")
    average.add_argument("--out", type=Path, required=True, help="folder of the release")
    average.add_argument("--note", default="", help="text for the model card")
    average.add_argument("--no-test", action="store_true", help="do not evaluate on the test sets")
    average.set_defaults(run=_run_average)


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser("evaluate", help="evaluate a release, or print a table of all")
    evaluate.add_argument(
        "name", nargs="?", default="inknet", help="a folder, or a name in ml/weights"
    )
    evaluate.add_argument("--split", choices=["validation", "test"], default="validation")
    evaluate.add_argument("--device", default="cpu")
    evaluate.add_argument(
        "--all", action="store_true", help="table of all releases, from their model cards"
    )
    evaluate.add_argument(
        "--fresh", action="store_true", help="measure all metrics again, also on the test sets"
    )
    evaluate.add_argument("--throughput", action="store_true", help="measure the throughput again")
    evaluate.add_argument(
        "--misclassifications", action="store_true", help="find misclassified drawings again"
    )
    evaluate.add_argument(
        "--write", action="store_true", help="save the model cards and docs/models.md"
    )
    evaluate.set_defaults(run=_run_evaluate)


def _add_sweep(commands: Any) -> None:
    sweep = commands.add_parser("sweep", help="tune an architecture on the validation set")
    sweep.add_argument("architecture", choices=["mlp"])
    sweep.add_argument(
        "--trials", type=int, default=40, help="number of trials, including earlier runs"
    )
    sweep.add_argument("--images", type=int, default=12_000, help="MNIST images in each trial")
    sweep.add_argument(
        "--out", type=Path, help="study, resumed if it exists; default: var/sweep-ARCHITECTURE"
    )
    sweep.set_defaults(run=_run_sweep)


def _add_export(commands: Any) -> None:
    export = commands.add_parser("export", help="export model.onnx and browser.bin again")
    export.add_argument(
        "name", nargs="?", default="inknet", help="a folder, or a name in ml/weights"
    )
    export.set_defaults(run=_run_export)


def _run_train(options: argparse.Namespace) -> int:
    import torch

    from ml.artifacts.release_storage import load_model
    from ml.data.epoch_dataset import load_training_data
    from ml.evaluation.validation_during_training import load_validation_data
    from ml.training.build_release import create_release
    from ml.training.config_from_options import build_config
    from ml.training.train_from_scratch import train

    torch.set_num_threads(options.threads)
    config = build_config(options)
    start = load_model(_find_release_dir(options.start)).state_dict() if options.start else None
    checkpoint = options.checkpoint or Path("var") / f"train-{options.architecture}.pt"
    validation = load_validation_data()
    result = train(
        config,
        load_training_data(config.base, num_traced=config.num_traced_digits),
        validation,
        on_epoch=lambda report: print(format_epoch(report), flush=True),
        should_stop=_StopSignal(),
        checkpoint=checkpoint,
        device=options.device,
        start=start,
        start_sha256=load_model_card(_find_release_dir(options.start))["sha256"] if start else "",
    )
    if not result.is_finished:
        print(f"Stopped. The same command continues from {checkpoint}.")
        return 130
    folder = options.out or WEIGHTS_DIR / options.architecture
    card = create_release(
        result, validation, folder, note=options.note, with_test=not options.no_test
    )
    checkpoint.unlink(missing_ok=True)
    _print_metrics(card["metrics"])
    return 0


def _run_average(options: argparse.Namespace) -> int:
    from ml.evaluation.validation_during_training import load_validation_data
    from ml.training.averaged_release import create_averaged_release

    card = create_averaged_release(
        [_find_release_dir(name) for name in options.names],
        _find_release_dir(options.start),
        options.alpha,
        load_validation_data(),
        options.out,
        note=options.note,
        with_test=not options.no_test,
    )
    _print_metrics(card["metrics"])
    return 0


def format_epoch(report: EpochReport) -> str:
    """Return a line with the loss, the validation accuracies and the remaining time."""
    remaining_s = report.wall_s * (report.epochs - report.epoch)
    accuracies = "  ".join(f"{name} {value:.2%}" for name, value in report.validation.items())
    return (
        f"epoch {report.epoch}/{report.epochs}  loss {report.loss:.4f}  {accuracies}  "
        f"{report.wall_s:.0f} s, {remaining_s / 60:.0f} min left"
    )


def _run_evaluate(options: argparse.Namespace) -> int:
    if options.all or options.fresh or options.throughput or options.misclassifications:
        return _print_leaderboard(options)
    from ml.evaluation.release_evaluation import evaluate_model
    from ml.inference.predictor import load_predictor

    predictor = load_predictor(_find_release_dir(options.name), options.device)
    _print_metrics({options.split: evaluate_model(predictor, options.split)})
    return 0


def _print_leaderboard(options: argparse.Namespace) -> int:
    """Print the table of one or all releases, from their model cards or measured again."""
    from ml.evaluation.leaderboard_table import format_text_table, update_leaderboard
    from ml.evaluation.misclassifications import find_misclassifications
    from ml.evaluation.throughput import measure_throughput
    from ml.inference.predictor import load_predictor
    from ml.training.build_release import remeasure_release

    folders = _list_release_dirs() if options.all else [_find_release_dir(options.name)]
    cards = []
    for folder in folders:
        card = remeasure_release(folder) if options.fresh else load_model_card(folder)
        if options.throughput:
            card = {**card, "throughput": measure_throughput(load_predictor(folder, "cpu"))}
        if options.misclassifications:
            card = {
                **card,
                "misclassifications": find_misclassifications(load_predictor(folder, "cpu")),
            }
        cards.append(save_model_card(folder, card) if options.write else card)
    print(format_text_table(cards))
    if options.write:
        update_leaderboard(
            MODELS_PAGE, [load_model_card(folder) for folder in _list_release_dirs()]
        )
    return 0


def _run_sweep(options: argparse.Namespace) -> int:
    import torch

    from ml.tuning.sweep import SweepConfig, run_sweep
    from ml.tuning.sweep_report import format_trial

    torch.set_num_threads(1)
    folder = options.out or Path("var") / f"sweep-{options.architecture}"
    is_finished = run_sweep(
        SweepConfig(options.architecture, options.trials, options.images),
        folder,
        on_trial=lambda trial: print(format_trial(trial), flush=True),
        should_stop=_StopSignal(),
    )
    print(f"{'Done' if is_finished else 'Stopped. The same command continues'}: {folder}/trials.md")
    return 0 if is_finished else 130


def _run_export(options: argparse.Namespace) -> int:
    from ml.artifacts.release_storage import reexport_onnx

    card = reexport_onnx(_find_release_dir(options.name))
    print(f"{card['name']}@{card['sha256'][:12]}: model.onnx {card['onnx_sha256'][:12]}")
    return 0


def _list_release_dirs() -> list[Path]:
    """Return the folders in ml/weights, in the order of ARCHITECTURES."""
    folders = [WEIGHTS_DIR / name for name in ARCHITECTURES]
    return [folder for folder in folders if folder.is_dir()]


def _find_release_dir(name: str) -> Path:
    bundled = WEIGHTS_DIR / name
    return bundled if bundled.is_dir() else Path(name)


def _print_metrics(metrics: dict[str, dict[str, Any]]) -> None:
    from ml.evaluation.release_evaluation import format_metrics

    for split, sets in metrics.items():
        print(split, *format_metrics(sets), sep="\n  ")


class _StopSignal:
    """A callable that returns True after SIGINT or SIGTERM, so that a run stops after a batch."""

    def __init__(self) -> None:
        self._is_set = False
        signal.signal(signal.SIGINT, self._set)
        signal.signal(signal.SIGTERM, self._set)

    def __call__(self) -> bool:
        return self._is_set

    def _set(self, number: int, frame: FrameType | None) -> None:
        self._is_set = True
