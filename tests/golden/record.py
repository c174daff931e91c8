"""`python -m tests.golden.record`: write the expected values again; review the diff.

Arguments go to pytest: `python -m tests.golden.record -k weights` records some of them.
"""

import os
import sys
from pathlib import Path

import pytest

RECORDS = "GOLDEN_RECORD"

if __name__ == "__main__":
    os.environ[RECORDS] = "yes"
    sys.exit(pytest.main([str(Path(__file__).parent), "-q", *sys.argv[1:]]))
