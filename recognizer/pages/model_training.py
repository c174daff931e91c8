"""How a network was made, in a few facts: what it learnt from, how long, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recognizer.models import ModelVersion, TrainingRun
from recognizer.pages.model_card import Card
from recognizer.pages.model_prose import MADE_BY_CONFIG

Facts = list[tuple[str, str]]

BASES = {
    "mnist": "scanned digits (MNIST)",
    "pen": "digits drawn with a pen",
    "letters": "letters, scribbles and shapes",
    "synthetic": "digits made by the computer",
    "all": "scanned digits, digits drawn with a pen, letters and scribbles",
}
OLDEST_BASE = ("mnist", "pen", "letters")
"""What a card learnt from that does not say so."""


def read_training(card: Card) -> Facts:
    training = card["training"]
    data = card.get("data") or {}
    facts = _tell_people(data) if "drawings" in data else _tell_base(training.get("config") or {})
    facts.append(("Rounds", _say_rounds(training)))
    if training.get("wall_s"):
        facts.append(("Took", say_duration(training["wall_s"])))
    if training.get("machine"):
        facts.append(("On", str(training["machine"])))
    return facts


def say_origin(version: ModelVersion) -> str:
    """Where it is from."""
    run = TrainingRun.objects.filter(model=version).select_related("base").first()
    if run is None:
        return "It came with the site."
    return f"Trained here, going on from {run.base}." if run.base else "Trained here, from scratch."


def say_duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"


def _tell_people(data: Mapping[str, Any]) -> Facts:
    facts = [
        ("Learnt from", f"{data['drawings']:,} drawings of {_people(data['people'])}"),
        ("Beside them", BASES.get(data["rehearsal"], str(data["rehearsal"]))),
    ]
    if data.get("people_kept_aside"):
        aside = f"{data['drawings_kept_aside']:,} drawings of {_people(data['people_kept_aside'])}"
        facts.append(("Kept aside to try it", aside))
    return facts


def _tell_base(config: Mapping[str, Any]) -> Facts:
    bases = config.get("base") or OLDEST_BASE
    facts = [("Learnt from", ", ".join(BASES.get(base, str(base)) for base in bases))]
    changes = config.get("pictures") or {}
    said = [
        MADE_BY_CONFIG[name].format(changes[name]) for name in MADE_BY_CONFIG if changes.get(name)
    ]
    facts.append(("Pictures were", ", ".join(said) if said else "left as they are"))
    return facts


def _say_rounds(training: Mapping[str, Any]) -> str:
    seeds = ", ".join(map(str, training.get("seeds") or ()))
    rounds = f"{training['epochs']} times through all of it"
    return f"{rounds} (seed {seeds})" if seeds else rounds


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count:,} people"
