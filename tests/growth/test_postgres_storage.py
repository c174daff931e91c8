"""Storage of drawings in PostgreSQL: the ink outside of the row, leases without index entries."""

from uuid import uuid4

import pytest
from django.db import connection

from recognizer import protocol
from recognizer.models import User
from tests.fixtures.skip_policy import POSTGRES_REASON
from tests.pipeline.factories import make_submission, store_drawings
from workers.recognition.drawing_leases import acquire_drawings

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases,
    pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON),
]
UPDATES_SQL = """
SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'recognizer_drawing'
"""


def test_a_lease_writes_no_index_entries(owner: User) -> None:
    pending = store_drawings(*(make_submission(owner, ref=uuid4()) for _ in range(8))).pending
    jobs = [(job.id, job.revision, job.ink) for job in pending]
    updates, hot_updates = count_updates()
    assert acquire_drawings(protocol.decode_batch(protocol.encode_batch("g", jobs)))
    assert count_updates() == (updates + 8, hot_updates + 8)


def count_updates() -> tuple[int, int]:
    """Return the updates of drawings that this connection has not reported to the server yet.

    They include those of earlier transactions: a connection reports at most once a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(UPDATES_SQL)
        updates, hot_updates = cursor.fetchone()
    return updates, hot_updates
