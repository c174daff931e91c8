"""Every kind of fault once under load, on a site of twelve machines. bench/README.md has the
results of ten minutes."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.fault_run.__main__ import run_faults
from bench.fault_run.fault_site import FaultSite
from bench.fault_run.faults import NUM_KINDS, generate_faults
from bench.fault_run.load import Phases
from bench.fault_run.report import check_drawings, list_recoveries
from tests.faults.harness.network_namespaces import CannotMakeNetwork
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.skip_policy import NO_NETWORK_NAMESPACES_REASON

pytestmark = pytest.mark.timeout(180)

# A quarter of the peak leaves processor time for the tests that run at the same time.
PHASES = Phases(share=0.25, peak_s=3, quiet_s=5, num_faults=NUM_KINDS, interval_s=5)
NUM_SOCKETS, SEED = 16, 1
PREDICTION_TIMEOUT_S = 10.0


@pytest.fixture
def fault_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultSite]:
    with ExitStack() as stack:
        try:
            site = FaultSite(tmp_path_factory.mktemp("machines"), stack)
        except CannotMakeNetwork:
            pytest.skip(NO_NETWORK_NAMESPACES_REASON)
        yield site


def test_each_drawing_is_predicted_once_in_spite_of_faults(
    fault_site: FaultSite, print_metric: PrintMetric
) -> None:
    load = run_faults(fault_site, generate_faults(fault_site, SEED), PHASES, sockets=NUM_SOCKETS)
    recoveries = list_recoveries(load)
    for one in recoveries:
        print_metric(
            f"{one.name}: recovered after {one.recovered_after_s:.1f} s, {one.num_delayed} delayed"
        )
    assert check_drawings(load, fault_site.database_url) == []
    assert len(recoveries) == NUM_KINDS
    assert max(one.slowest_s for one in recoveries) < deadline(PREDICTION_TIMEOUT_S)
