"""Asking for a comparison with the champion; a worker of the background makes it."""

from __future__ import annotations

from recognizer import contract
from recognizer.models import ModelVersion
from recognizer.queue import Sender
from recognizer.registry.promoting import CannotPromote, champion


def ask_for_comparison(*, model: ModelVersion) -> None:
    """A new verdict will stand beside the others. Raises CannotPromote for the champion, and
    CannotPublish while the broker is away."""
    serving = champion()
    if serving is None or serving.pk == model.pk:
        raise CannotPromote("already_serving")
    sender = Sender()
    try:
        sender.send_task(contract.EVALUATE, str(model.pk), queue=contract.TRAINING_QUEUE)
    finally:
        sender.close()
