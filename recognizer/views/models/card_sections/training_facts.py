"""Facts about the training of a model."""

from __future__ import annotations

from recognizer.models import ModelVersion, TrainingRun
from recognizer.registry.parsers.model_card_parser import ModelCard, Training, TrainingData
from recognizer.views.label_and_number_formatting import format_count
from recognizer.views.model_display_names import model_name
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    AUGMENTATION_DESCRIPTIONS,
)

Facts = list[tuple[str, str]]

TRAINING_DATA = "Training data"
DATASET_NAMES = {
    "mnist": "MNIST",
    "pen": "pen digits",
    "uji": "tablet digits",
    "fonts": "handwriting fonts",
    "letters": "letters, scribbles and shapes",
    "uji_letters": "tablet letters",
    "icons": "icons",
    "doodles": "doodles",
    "synthetic": "synthetic digits",
    "all": "MNIST, pen and tablet digits, letters, icons, doodles and scribbles",
}
DEFAULT_DATASETS = ("mnist", "pen", "letters")
"""Training data of a model whose configuration names none."""


def list_training_facts(card: ModelCard) -> Facts:
    """Return (name, value) of the facts that the model card holds."""
    training = card.training
    if training is None:
        return []
    facts = _user_data_facts(card.data) if card.data else _dataset_facts(training)
    facts.append(("Epochs", _format_epochs(training)))
    if training.wall_s:
        facts.append(("Duration", format_duration(training.wall_s)))
    if training.machine:
        facts.append(("Machine", training.machine))
    return facts


def describe_origin(version: ModelVersion) -> str:
    run = TrainingRun.objects.filter(model=version).select_related("base").first()
    if run is None:
        return "Shipped with the site."
    if run.base is None:
        return "Trained on this site, from scratch."
    return f"Fine-tuned on this site from {model_name(run.base)}."


def format_duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"


def _user_data_facts(data: TrainingData) -> Facts:
    """The validation drawings are part of the training drawings of the training set."""
    drawings = format_count(data.drawings + data.holdout_drawings, "training drawing")
    users = format_count(data.users + data.holdout_users, "user")
    facts = [
        (TRAINING_DATA, f"{drawings} of {users}"),
        ("Rehearsal data", DATASET_NAMES.get(data.rehearsal, data.rehearsal)),
    ]
    if data.holdout_users:
        users = format_count(data.holdout_users, "user")
        facts.append(("Validation", f"{data.holdout_drawings:,} of them, of {users}"))
    return facts


def _dataset_facts(training: Training) -> Facts:
    datasets = training.config.base or DEFAULT_DATASETS
    names = ", ".join(DATASET_NAMES.get(name, name) for name in datasets)
    strengths = training.config.pictures
    augmentations = [
        text.format(strengths[name])
        for name, text in AUGMENTATION_DESCRIPTIONS.items()
        if strengths.get(name)
    ]
    return [(TRAINING_DATA, names), ("Augmentation", ", ".join(augmentations) or "none")]


def _format_epochs(training: Training) -> str:
    seeds = ", ".join(map(str, training.seeds))
    return f"{training.epochs} (seed {seeds})" if seeds else str(training.epochs)
