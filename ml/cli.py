"""`python -m ml train | evaluate | sweep | export`: parses, calls one function, prints."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

from ml.architectures import ARCHITECTURES, load_training_config
from ml.artifacts.model_card import CannotLoadRelease, load_model_card, save_model_card
from ml.config import DATASET_NAMES, ArchitectureParams, TrainingConfig
from ml.data.datasets import DatasetMissing

WEIGHTS_DIR = Path(__file__).parent / "weights"
MODELS_PAGE = Path(__file__).parents[1] / "docs" / "models.md"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (CannotLoadRelease, DatasetMissing) as error:
        print(error, file=sys.stderr)
        return 1


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="train | evaluate | sweep | export")

    train = commands.add_parser("train", help="train an architecture and write its release")
    train.add_argument("architecture", choices=ARCHITECTURES)
    train.add_argument(
        "--shape", nargs="+", metavar="NAME=VALUE", help="depth, width, activation (mlp only)"
    )
    train.add_argument("--base", nargs="+", choices=DATASET_NAMES, help="data sets; all by default")
    train.add_argument("--epochs", type=int, default=None)
    train.add_argument("--seed", type=int, default=None)
    train.add_argument("--device", default=None, help="cpu or cuda; by default cuda if available")
    train.add_argument("--threads", type=int, default=1, help="number of torch threads on a CPU")
    train.add_argument("--out", type=Path, help="output; default: ml/weights/ARCHITECTURE")
    train.add_argument("--checkpoint", type=Path, help="default: var/train-ARCHITECTURE.pt")
    train.add_argument("--no-test", action="store_true", help="do not measure the test sets")
    train.set_defaults(run=_run_train)

    evaluate = commands.add_parser("evaluate", help="measure a release, or show all in one table")
    evaluate.add_argument(
        "name", nargs="?", default="inknet", help="a folder, or the name of a bundled release"
    )
    evaluate.add_argument("--part", choices=["validation", "test"], default="validation")
    evaluate.add_argument("--device", default="cpu")
    evaluate.add_argument("--all", action="store_true", help="show a table of all bundled releases")
    evaluate.add_argument(
        "--fresh", action="store_true", help="measure all sets, including the test sets"
    )
    evaluate.add_argument("--speed", action="store_true", help="measure the throughput only")
    evaluate.add_argument(
        "--mistakes", action="store_true", help="find the misclassified drawings only"
    )
    evaluate.add_argument(
        "--write", action="store_true", help="save to model cards and docs/models.md"
    )
    evaluate.set_defaults(run=_run_evaluate)

    sweep = commands.add_parser("sweep", help="tune the hyperparameters on the validation set")
    sweep.add_argument("architecture", choices=["mlp"])
    sweep.add_argument("--trials", type=int, default=40, help="including those of earlier runs")
    sweep.add_argument(
        "--images", type=int, default=12_000, help="number of MNIST images per trial"
    )
    sweep.add_argument(
        "--out", type=Path, help="default: var/sweep-ARCHITECTURE; a study there is resumed"
    )
    sweep.set_defaults(run=_run_sweep)

    export = commands.add_parser("export", help="export model.onnx of a release again and compare")
    export.add_argument(
        "name", nargs="?", default="inknet", help="a folder, or the name of a bundled release"
    )
    export.set_defaults(run=_run_export)
    return parser


def _run_train(options: argparse.Namespace) -> int:
    import torch

    from ml.data.epoch_dataset import load_training_data
    from ml.evaluation.validation import load_validation_data
    from ml.progress import format_epoch
    from ml.training.release import create_release
    from ml.training.train import train

    torch.set_num_threads(options.threads)
    config = _build_config(options)
    checkpoint = options.checkpoint or Path("var") / f"train-{options.architecture}.pt"
    validation = load_validation_data()
    stop = _StopSignal()
    result = train(
        config,
        load_training_data(config.base),
        validation,
        on_epoch=lambda report: print(format_epoch(report), flush=True),
        should_stop=stop,
        checkpoint=checkpoint,
        device=options.device,
    )
    if not result.is_finished:
        print(f"Stopped. Run the same command again to resume from {checkpoint}.")
        return 130
    folder = options.out or WEIGHTS_DIR / options.architecture
    card = create_release(result, validation, folder, with_test=not options.no_test)
    checkpoint.unlink(missing_ok=True)
    _print_metrics(card["metrics"])
    return 0


def _build_config(options: argparse.Namespace) -> TrainingConfig:
    """Return the architecture's config with the values of the command line."""
    chosen = {
        "shape": _parse_shape(options.shape) if options.shape else None,
        "base": tuple(options.base) if options.base else None,
        "epochs": options.epochs,
        "seed": options.seed,
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    return replace(load_training_config(options.architecture), **given)


def _parse_shape(pairs: list[str]) -> ArchitectureParams:
    named = dict(pair.split("=", 1) for pair in pairs)
    return {name: int(value) if value.isdigit() else value for name, value in named.items()}


def _run_evaluate(options: argparse.Namespace) -> int:
    if options.all or options.fresh or options.speed or options.mistakes:
        return _show_leaderboard(options)
    from ml.evaluation.classification_metrics import evaluate_model
    from ml.inference.predictor import load_predictor

    predictor = load_predictor(_find_release_dir(options.name), options.device)
    _print_metrics({options.part: evaluate_model(predictor, options.part)})
    return 0


def _show_leaderboard(options: argparse.Namespace) -> int:
    """Print the table of one release or of all, from the model cards or measured."""
    from ml.evaluation.leaderboard import format_text_table, update_leaderboard
    from ml.evaluation.misclassifications import find_misclassifications
    from ml.evaluation.throughput import measure_throughput
    from ml.inference.predictor import load_predictor
    from ml.training.release import remeasure_release

    folders = _list_release_dirs() if options.all else [_find_release_dir(options.name)]
    cards = []
    for folder in folders:
        card = remeasure_release(folder) if options.fresh else load_model_card(folder)
        if options.speed:
            card = {**card, "throughput": measure_throughput(load_predictor(folder, "cpu"))}
        if options.mistakes:
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
    status = "Done" if is_finished else "Stopped; run the command again to resume"
    print(f"{status}: {folder}/trials.md")
    return 0 if is_finished else 130


def _run_export(options: argparse.Namespace) -> int:
    from ml.artifacts.release_files import reexport_onnx

    card = reexport_onnx(_find_release_dir(options.name))
    print(f"{card['name']}@{card['sha256'][:12]}: model.onnx {card['onnx_sha256'][:12]}")
    return 0


def _list_release_dirs() -> list[Path]:
    """Return the folders of the bundled releases, in the order of ARCHITECTURES."""
    folders = [WEIGHTS_DIR / name for name in ARCHITECTURES]
    return [folder for folder in folders if folder.is_dir()]


def _find_release_dir(name: str) -> Path:
    ours = WEIGHTS_DIR / name
    return ours if ours.is_dir() else Path(name)


def _print_metrics(figures: dict[str, dict[str, object]]) -> None:
    from ml.evaluation.classification_metrics import format_metrics

    for part, sets in figures.items():
        print(part, *format_metrics(sets), sep="\n  ")


class _StopSignal:
    """Returns True after SIGINT or SIGTERM, so that a run stops between two batches."""

    def __init__(self) -> None:
        self._came = False
        signal.signal(signal.SIGINT, self._notice)
        signal.signal(signal.SIGTERM, self._notice)

    def __call__(self) -> bool:
        return self._came

    def _notice(self, number: int, frame: FrameType | None) -> None:
        self._came = True
