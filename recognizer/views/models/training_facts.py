"""How a network was made, in a few facts: what it learnt from, how long, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recognizer.models import ModelVersion, TrainingRun
from recognizer.views.models.card_sections import Card
from recognizer.views.models.descriptions import AUGMENTATION_DESCRIPTIONS

Facts = list[tuple[str, str]]

DATASET_NAMES = {
    "mnist": "scanned digits (MNIST)",
    "pen": "digits drawn with a pen",
    "letters": "letters, scribbles and shapes",
    "synthetic": "digits made by the computer",
    "all": "scanned digits, digits drawn with a pen, letters and scribbles",
}
DEFAULT_DATASETS = ("mnist", "pen", "letters")
"""What a card learnt from that does not say so."""


def parse_training_facts(card: Card) -> Facts:
    training = card["training"]
    data = card.get("data") or {}
    facts = (
        _format_user_data(data)
        if "drawings" in data
        else _format_base_data(training.get("config") or {})
    )
    facts.append(("Rounds", _format_epochs(training)))
    if training.get("wall_s"):
        facts.append(("Took", format_duration(training["wall_s"])))
    if training.get("machine"):
        facts.append(("On", str(training["machine"])))
    return facts


def format_origin(version: ModelVersion) -> str:
    """Where it is from."""
    run = TrainingRun.objects.filter(model=version).select_related("base").first()
    if run is None:
        return "It came with the site."
    return f"Trained here, going on from {run.base}." if run.base else "Trained here, from scratch."


def format_duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"


def _format_user_data(data: Mapping[str, Any]) -> Facts:
    facts = [
        ("Learnt from", f"{data['drawings']:,} drawings of {_format_user_count(data['people'])}"),
        ("Beside them", DATASET_NAMES.get(data["rehearsal"], str(data["rehearsal"]))),
    ]
    if data.get("people_kept_aside"):
        users = _format_user_count(data["people_kept_aside"])
        aside = f"{data['drawings_kept_aside']:,} drawings of {users}"
        facts.append(("Kept aside to try it", aside))
    return facts


def _format_base_data(config: Mapping[str, Any]) -> Facts:
    bases = config.get("base") or DEFAULT_DATASETS
    facts = [("Learnt from", ", ".join(DATASET_NAMES.get(base, str(base)) for base in bases))]
    changes = config.get("pictures") or {}
    said = [
        AUGMENTATION_DESCRIPTIONS[name].format(changes[name])
        for name in AUGMENTATION_DESCRIPTIONS
        if changes.get(name)
    ]
    facts.append(("Pictures were", ", ".join(said) if said else "left as they are"))
    return facts


def _format_epochs(training: Mapping[str, Any]) -> str:
    seeds = ", ".join(map(str, training.get("seeds") or ()))
    rounds = f"{training['epochs']} times through all of it"
    return f"{rounds} (seed {seeds})" if seeds else rounds


def _format_user_count(count: int) -> str:
    return "one person" if count == 1 else f"{count:,} people"
