"""Fixtures of multi-machine tests."""

from collections.abc import Iterator

import pytest

from tests.scale.multi_machine_site import MultiMachineSite, run_multi_machine_site


@pytest.fixture
def multi_machine_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MultiMachineSite]:
    with run_multi_machine_site(tmp_path_factory) as running:
        yield running
