"""Queries through PgBouncer in transaction mode: each may use another connection to the server."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from recognizer.models import User
from tests.fixtures.second_connection import second_connection
from tests.fixtures.site_process import find_free_port
from tests.fixtures.skip_policy import POSTGRES_REASON
from tests.scale.pgbouncer_process import PgBouncerProcess

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON),
]
POOLED = "pooled"
HOST = "127.0.0.1"


@pytest.fixture
def pool() -> Iterator[PgBouncerProcess]:
    server = str(connection.settings_dict["OPTIONS"]["host"])
    process = PgBouncerProcess(server=server, host=HOST, port=find_free_port())
    process.start()
    yield process
    process.remove()


@pytest.fixture
def pooled_connection(pool: PgBouncerProcess) -> Iterator[None]:
    """Give Django a connection to the test database through the pool."""
    with second_connection(POOLED, host=pool.host, port=pool.port):
        yield


def test_rows_are_read_in_chunks_without_a_cursor_of_the_server(
    pool: PgBouncerProcess, pooled_connection: None
) -> None:
    """allauth reads users with `iterator` during sign-up and sign-in by e-mail address."""
    User.objects.bulk_create(User(username=f"user{number}") for number in range(3))

    rows = User.objects.using(POOLED).iterator(chunk_size=1)
    first = next(rows)
    url = pool.url(f"postgresql://postgres@/{connection.settings_dict['NAME']}")
    with psycopg.connect(url) as other:
        other.execute("SELECT 1")  # its transaction holds the connection that read the first row
        assert len({first, *rows}) == 3
