"""Each test begins without an index of training drawings."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from workers import indexing


@pytest.fixture(autouse=True)
def no_index_yet() -> None:
    shutil.rmtree(Path(settings.HOME) / "neighbours", ignore_errors=True)
    indexing._failed.clear()
