"""Counting a day reads that day's drawings and no others, however many there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.drift.daily_stats import aggregate_day
from tests.drift.factories import TODAY


@pytest.mark.django_db
def test_a_day_is_a_range_of_the_primary_key() -> None:
    if connection.vendor == "sqlite":
        prepare, explain, found = "SELECT 1", "EXPLAIN QUERY PLAN", "(id>? AND id<?)"
    else:
        prepare, explain, found = "SET LOCAL enable_seqscan = off", "EXPLAIN", "_pkey"
    with CaptureQueriesContext(connection) as asked:
        aggregate_day(TODAY)
    with connection.cursor() as cursor:
        cursor.execute(prepare)
        cursor.execute(f"{explain} {asked[0]['sql']}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert found in plan
    assert "SCAN recognizer" not in plan
