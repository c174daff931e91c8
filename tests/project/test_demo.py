"""`make demo`: a site filled with example data."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.fixtures.site_process import SiteProcess, wait_until

COUNTS = {
    "recognizer_user": 6,
    "recognizer_drawing": 200,
    "recognizer_groundtruth": 200,
    "recognizer_snapshot": 1,
    "recognizer_trainingrun WHERE status = 'succeeded'": 1,
}


@pytest.mark.timeout(300)
def test_fills_a_site_and_stops_with_it(tmp_path: Path) -> None:
    site = SiteProcess(tmp_path / "home", settings={"REHEARSAL_SAMPLES_PER_EPOCH": "100"})
    site.start([sys.executable, "-m", "tools.demo"])
    try:
        wait_until(
            lambda: "Sign in as" in site.output or site.process.poll() is not None,
            within_s=120,
            what=lambda: site.output,
        )
        assert site.process.poll() is None, site.output
        with closing(sqlite3.connect(site.database)) as database:
            counts = {
                rows: database.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
                for rows in COUNTS
            }
        assert counts == COUNTS, site.output
        site.stop()
        assert site.left_behind() == []
    finally:
        site.remove()
