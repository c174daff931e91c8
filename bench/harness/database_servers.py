"""PostgreSQL and Redis for benchmarks, and what PostgreSQL did."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import find_free_port
from tests.scale.redis_process import RedisProcess

_TABLES_SQL = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_dead_tup, autovacuum_count
FROM pg_stat_user_tables WHERE n_tup_ins + n_tup_upd > 0 ORDER BY n_tup_ins + n_tup_upd DESC LIMIT 4
"""
_DATABASE_SQL = """
SELECT xact_commit, blks_hit, blks_read, (SELECT count(*) FROM recognizer_prediction),
  (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())
FROM pg_stat_database WHERE datname = current_database()
"""
_WAL_SQL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"


@dataclass(frozen=True)
class DatabaseServers:
    """Two running servers with an empty database."""

    postgres: PostgresProcess
    redis: RedisProcess
    database_url: str

    @property
    def settings(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis.url}

    def process_ids(self) -> dict[str, int]:
        return {"postgres": self.postgres.process_id, "redis": self.redis.process_id}

    def describe_work(self) -> str:
        """Return what the database did per prediction, and per table."""
        with psycopg.connect(self.database_url) as server:
            commits, hit, read, predictions, connections = _fetch_row(server, _DATABASE_SQL)
            (wal,) = _fetch_row(server, _WAL_SQL)
            tables = server.execute(_TABLES_SQL).fetchall()
        lines = [
            f"PostgreSQL: {connections - 1} connections; per prediction {commits / predictions:.2f}"
            f" transactions, {float(wal) / predictions:,.0f} bytes of write-ahead log,"
            f" {hit / predictions:.0f} pages from its cache, {read / predictions:.2f} others"
        ]
        for name, inserted, updated, hot, dead, vacuums in tables:
            lines.append(
                f"  {name:28} {inserted / predictions:5.2f} inserts, {updated / predictions:5.2f}"
                f" updates, {hot / max(1, updated):4.0%} of them without index entries,"
                f" {dead:,} dead rows, {vacuums} autovacuums"
            )
        return "\n".join(lines)


@contextmanager
def run_database_servers() -> Iterator[DatabaseServers]:
    postgres = PostgresProcess()
    with tempfile.TemporaryDirectory(prefix="digitsite-redis-") as folder:
        redis = RedisProcess(Path(folder), port=find_free_port())
        try:
            postgres.start()
            redis.start()
            yield DatabaseServers(postgres, redis, postgres.create_database())
        finally:
            redis.stop()
            postgres.remove()


def _fetch_row(server: psycopg.Connection, query: str) -> tuple[int, ...]:
    row = server.execute(query).fetchone()
    if row is None:
        raise RuntimeError(f"No row: {query}")
    return row
