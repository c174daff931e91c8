"""The index of training drawings, empty before each test."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from workers.explain import neighbour_index_build


@pytest.fixture(autouse=True)
def reset_index() -> None:
    shutil.rmtree(Path(settings.STATE_DIR) / "neighbours", ignore_errors=True)
    neighbour_index_build._failures.clear()
