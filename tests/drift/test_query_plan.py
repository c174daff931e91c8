"""The query plan of the daily aggregates."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.drift.daily_stats import aggregate_day
from tests.drift.factories import TODAY


@pytest.mark.django_db
def test_aggregates_a_day_by_a_primary_key_range() -> None:
    if connection.vendor == "sqlite":
        prepare, explain, found = "SELECT 1", "EXPLAIN QUERY PLAN", "(id>? AND id<?)"
    else:
        prepare, explain, found = "SET LOCAL enable_seqscan = off", "EXPLAIN", "_pkey"
    with CaptureQueriesContext(connection) as queries:
        aggregate_day(TODAY)
    with connection.cursor() as cursor:
        cursor.execute(prepare)
        cursor.execute(f"{explain} {queries[0]['sql']}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert found in plan
    assert "SCAN recognizer" not in plan
