"""A program that promotes in child processes, each killed at another step, and prints the champion
after each.

Usage: `python -m tests.promotion.killed_promotion CHALLENGER_ID`. The steps are: before each
statement, before the commit, after the commit, and never.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import django

django.setup()

from django.db import connection  # noqa: E402 - the settings must be there first

from recognizer.models import ModelVersion, Promotion  # noqa: E402 - as above
from recognizer.registry.promotion import (  # noqa: E402 - as above
    load_latest_promotion,
    promote_model,
    roll_back,
)

NUM_STATEMENTS = 6


def main(challenger_id: int) -> None:
    connection.settings_dict["OPTIONS"].pop("pool", None)  # pool threads do not survive a fork
    steps = [*range(NUM_STATEMENTS), "commit", "committed"]
    results = []
    for step in steps:
        connection.close()
        child = os.fork()
        if child == 0:
            _promote(challenger_id, step)
        _, status = os.waitpid(child, 0)
        newest = load_latest_promotion()
        assert newest is not None
        killed = os.WIFSIGNALED(status)
        results.append([step, killed, newest.model_id, Promotion.objects.count()])
        if newest.model_id == challenger_id:
            roll_back(by=None)
    sys.stdout.write(json.dumps(results))


def _promote(challenger_id: int, step: int | str) -> NoReturn:
    model = ModelVersion.objects.get(pk=challenger_id)
    _kill_at_step(step)
    promote_model(model=model, by=None, reason="Killed at some step.")
    os._exit(0)


def _kill_at_step(step: int | str) -> None:
    num_statements = 0

    def count(execute: Callable[..., Any], *given: Any) -> Any:
        nonlocal num_statements
        if num_statements == step:
            _kill_self()
        num_statements += 1
        return execute(*given)

    connection.execute_wrappers.append(count)
    commit = connection._commit  # type: ignore[attr-defined]

    def kill_around_commit() -> None:
        if step == "commit":
            _kill_self()
        commit()
        if step == "committed":
            _kill_self()

    connection._commit = kill_around_commit  # type: ignore[attr-defined]


def _kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
