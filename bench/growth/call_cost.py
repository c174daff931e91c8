"""The cost of one call in this process: CPU time, queries and steps of SQLite."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

STEP_BLOCK = 100
SLOW_QUERY_S = 0.05

Call = Callable[[], object]


@dataclass
class Cost:
    """The cost of one call. `steps` are those of SQLite's virtual machine, in blocks of 100."""

    kind: str
    ms: float = 0.0
    queries: int = 0
    steps: int = 0
    slow: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A call, and what prepares it each time. `kind` is page, api, resume or job."""

    name: str
    kind: str
    call: Call
    prepare: Call = lambda: None


def measure(case: Case) -> Cost:
    """Call a case twice and return the cost, with the time of the faster call.

    The steps are counted in the first call only, because counting takes time.
    """
    case.prepare()
    cost = _measure_call(case, counts_steps=True)
    case.prepare()
    again = _measure_call(case, counts_steps=False)
    cost.ms = min(cost.ms, again.ms)
    return cost


def _measure_call(case: Case, *, counts_steps: bool) -> Cost:
    from django.db import connection

    from recognizer import rate_limits

    rate_limits.reset()
    cost = Cost(case.kind)
    is_sqlite = connection.vendor == "sqlite"
    clock = time.process_time if is_sqlite else time.perf_counter
    with _count_queries(cost), _count_steps(cost) if counts_steps else nullcontext():
        started = clock()
        case.call()
        cost.ms = (clock() - started) * 1000
    return cost


@contextmanager
def _count_queries(cost: Cost) -> Iterator[None]:
    from django.db import connection

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        cost.queries += 1
        started = time.perf_counter()
        try:
            return run(sql, params, many, context)
        finally:
            if time.perf_counter() - started > SLOW_QUERY_S and connection.vendor == "sqlite":
                cost.slow.append(f"{sql}\n{_explain(sql, params)}")

    with connection.execute_wrapper(execute):
        yield


def _explain(sql: str, params: Any) -> str:
    from django.db import connection

    if not sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
        return ""
    raw = connection.connection.execute(
        "EXPLAIN QUERY PLAN " + sql % (("?",) * len(params or ())), params or ()
    )
    return "\n".join(f"    {row[-1]}" for row in raw)


@contextmanager
def _count_steps(cost: Cost) -> Iterator[None]:
    from django.db import connection
    from django.db.backends.signals import connection_created

    connection.ensure_connection()
    if connection.vendor != "sqlite":
        yield
        return

    def count() -> int:
        cost.steps += STEP_BLOCK
        return 0

    def install(**_: object) -> None:
        connection.connection.set_progress_handler(count, STEP_BLOCK)

    install()
    connection_created.connect(install)  # downloads close the connection after each page
    try:
        yield
    finally:
        connection_created.disconnect(install)
        connection.close()
