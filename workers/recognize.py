"""The task: claim, compute what was claimed, store, tell. Delivered twice it does nothing twice."""

from __future__ import annotations

import logging

import orjson
from django.db import InterfaceError, OperationalError, connection

from recognizer import contract, delivery
from workers.answering import answer_jobs
from workers.app import app
from workers.claiming import claim_jobs
from workers.engine import engine
from workers.shadow_sending import shadows
from workers.storing import store_answers

log = logging.getLogger(__name__)


@app.task(name=contract.RECOGNIZE)
def recognize(payload: str) -> None:
    """One group. What it cannot finish is found again by its lease, whatever the reason."""
    group = contract.decode_group(payload, loads=orjson.loads)
    try:
        recognize_group(group)
    except (OperationalError, InterfaceError) as error:
        log.warning("A group of %d is left to the sweep: %r", len(group.jobs), error)
        connection.close()


def recognize_group(group: contract.Group) -> None:
    claims = claim_jobs(group)
    changes = store_answers(answer_jobs(claims)) if claims else []
    delivery.announce_changes(changes, group_id=group.id)
    if engine.has_shadows:
        shadows.offer(claims)
