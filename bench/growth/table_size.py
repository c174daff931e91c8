"""Cost of the hot path by the number of rows: `python -m bench.growth.table_size`.

`--sizes 10000 20000000 --rounds 5`. Fills a PostgreSQL database for each size with lean rows and
all indexes, then stores, leases and predicts 640 drawings in each in turn. At the end it changes
2 % of the drawings of each database and runs VACUUM. A million rows take about a gigabyte in the
folder of temporary files. PostgreSQL runs without fsync, with its default buffers of 128 MiB.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import psutil
import psycopg

from bench.growth.lean_rows import TABLES, fill_lean_rows
from bench.harness.machine import describe_machine
from bench.harness.measurement import cpu_seconds
from bench.harness.result_table import format_range
from tests.fixtures.postgres_process import PostgresProcess

NUM_USERS = 2_000
CHANGED_SHARE = 0.02
_CHANGE_SQL = """
UPDATE recognizer_drawing SET cursor = cursor + 1 WHERE id IN
  (SELECT id FROM recognizer_drawing ORDER BY created_at DESC, id DESC LIMIT %s)
"""


@dataclass
class _Database:
    """A filled database, and the process that runs the hot path on it."""

    size: int
    url: str
    process: subprocess.Popen[str]
    elapsed_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def run_once(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        elapsed_ms, cpu_ms = json.loads(self.process.stdout.readline())
        self.elapsed_ms.append(elapsed_ms)
        self.cpu_ms.append(cpu_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 20_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        _serve(options.serve)
        return
    print(describe_machine(), flush=True)
    postgres = PostgresProcess()
    try:
        postgres.start()
        databases = [_start(postgres.create_database(), size) for size in options.sizes]
        for database in databases:
            database.run_once()  # fills the caches
        for database in databases:
            database.elapsed_ms.clear()
            database.cpu_ms.clear()
        for _ in range(options.rounds):
            for database in databases:
                database.run_once()
        for database in databases:
            _print_times(database, databases[0])
        for database in databases:
            database.process.communicate()
            _print_vacuum(database)
    finally:
        postgres.remove()


def _start(url: str, size: int) -> _Database:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DIGITSITE_HOME": tempfile.mkdtemp(prefix="digitsite-bench-"),
        "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        "STATIC_SOURCES": "true",
    }
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.growth.table_size", "--serve", str(size)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    if not process.stdout.readline():
        raise RuntimeError("The process of a database ended.")
    print(f"{size:,} rows filled in {time.monotonic() - started:.0f} s", flush=True)
    return _Database(size, url, process)


def _serve(size: int) -> None:
    """Fill the database of the environment, then run the hot path once for each line of input."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.growth.hot_path import store_and_predict
    from recognizer.models import ModelVersion, User

    call_command("migrate", verbosity=0)
    model = ModelVersion.objects.create(name="inknet", sha256="ab" * 32, card={"version": 1})
    names = [f"grower{number}" for number in range(NUM_USERS)]
    users = [User(username=one, email=f"{one}@example.org", password="!") for one in names]
    user = min(one.pk for one in User.objects.bulk_create(users))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        fill_lean_rows(server, size, user=user, users=NUM_USERS, model=model.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    print("filled", flush=True)
    for _ in sys.stdin:
        started, used = time.monotonic(), time.process_time() + cpu_seconds(backend)
        store_and_predict()
        cpu_s = time.process_time() + cpu_seconds(backend) - used
        print(json.dumps([(time.monotonic() - started) * 1e3, cpu_s * 1e3]), flush=True)


def _print_times(database: _Database, smallest: _Database) -> None:
    ratios = [one / other for one, other in zip(database.cpu_ms, smallest.cpu_ms, strict=True)]
    for title, values in (("elapsed", database.elapsed_ms), ("CPU", database.cpu_ms)):
        median = statistics.median(values)
        print(f"{database.size:>12,} rows  {title:8} {median:6,.0f} ms ({format_range(values)})")
    print(
        f"  CPU to {smallest.size:,} rows: {statistics.median(ratios):.2f} ({format_range(ratios)})"
    )


def _print_vacuum(database: _Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as server:
        changed = round(database.size * CHANGED_SHARE)
        server.execute(_CHANGE_SQL, [changed])
        started = time.monotonic()
        server.execute("VACUUM recognizer_drawing")
        elapsed_s = time.monotonic() - started
        sizes = [
            server.execute("SELECT pg_total_relation_size(%s)", [table]).fetchone()
            for table in TABLES
        ]
    size_gb = sum(one[0] for one in sizes if one) / 2**30
    print(
        f"{database.size:>12,} rows  {size_gb:.2f} GiB; VACUUM after {changed:,} changes:"
        f" {elapsed_s:.1f} s"
    )


if __name__ == "__main__":
    main()
