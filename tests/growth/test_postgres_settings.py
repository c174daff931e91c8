"""Settings of each connection of the site to PostgreSQL."""

import pytest
from django.db import connection

from recognizer.db.postgres_connection import GuardedConnection
from tests.fixtures.skip_policy import POSTGRES_REASON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases,
    pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON),
]


def test_no_query_is_compiled() -> None:
    url = connection.get_connection_params()
    options = {name: url[name] for name in ("dbname", "user", "host", "port") if url.get(name)}
    with GuardedConnection.connect(**options) as guarded:
        assert guarded.execute("SHOW jit").fetchone() == ("off",)
