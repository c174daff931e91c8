"""The exit status of `python -m bench.fault_run`."""

from typing import Any

import pytest

from bench.fault_run import __main__ as fault_run
from bench.fault_run.load import FaultLoad, FaultTimes
from bench.fault_run.reconnecting_client import ReconnectingClient, Sample


def make_load(*, latency_s: float) -> FaultLoad:
    """Return a load with a p95 of 0.1 s in the quiet phase, and `latency_s` after its fault."""
    client = ReconnectingClient(address=("127.0.0.1", 0), cookie="", inks=[], first_ink=0)
    client.samples = [Sample(1.0, 1.1), Sample(20.0, 20.0 + latency_s)]
    load = FaultLoad([client])
    load.quiet_from, load.quiet_until, load.ended_at = 0.0, 5.0, 30.0
    load.faults = [FaultTimes("kill web1", 10.0, repaired_at=11.0, recovered_at=12.0)]
    return load


@pytest.mark.parametrize(
    ("latency_s", "violations", "status"), [(0.1, [], 0), (0.2, [], 1), (0.1, ["lost"], 1)]
)
def test_is_1_after_a_violation_or_a_missed_goal(
    monkeypatch: pytest.MonkeyPatch, latency_s: float, violations: list[str], status: int
) -> None:
    class Site:
        database_url = ""

        def __init__(self, *_: Any) -> None:
            """Start nothing."""

    monkeypatch.setattr("sys.argv", ["fault_run"])
    monkeypatch.setattr(fault_run, "FaultSite", Site)
    monkeypatch.setattr(fault_run, "run_faults", lambda *_, **__: make_load(latency_s=latency_s))
    monkeypatch.setattr(fault_run, "check_drawings", lambda *_: violations)
    assert fault_run.main() == status
