"""Requests for evaluations of a challenger against the champion."""

from __future__ import annotations

from recognizer import protocol
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.models import ModelVersion
from recognizer.registry.promotion import CannotPromote, load_champion


def request_evaluation(*, model: ModelVersion) -> None:
    """Send an evaluation task to a background worker. Raises CannotPromote for the champion, and
    CannotPublish if the broker is unavailable."""
    champion = load_champion()
    if champion is None or champion.pk == model.pk:
        raise CannotPromote("already_serving")
    sender = TaskSender()
    try:
        sender.send_task(protocol.EVALUATE_TASK, str(model.pk), queue=protocol.TRAINING_QUEUE)
    finally:
        sender.close()
