"""Asking for a comparison with the champion; a worker of the background makes it."""

from __future__ import annotations

from recognizer import protocol
from recognizer.messaging.task_queue import TaskSender
from recognizer.models import ModelVersion
from recognizer.registry.promotion import CannotPromote, load_champion


def request_evaluation(*, model: ModelVersion) -> None:
    """A new verdict will stand beside the others. Raises CannotPromote for the champion, and
    CannotPublish while the broker is away."""
    serving = load_champion()
    if serving is None or serving.pk == model.pk:
        raise CannotPromote("already_serving")
    sender = TaskSender()
    try:
        sender.send_task(protocol.EVALUATE_TASK, str(model.pk), queue=protocol.TRAINING_QUEUE)
    finally:
        sender.close()
