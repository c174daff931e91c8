"""A site on several machines, of each test's own."""

from collections.abc import Iterator

import pytest

from tests.scale.spread import Spread, run_spread


@pytest.fixture
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spread]:
    with run_spread(tmp_path_factory) as running:
        yield running
