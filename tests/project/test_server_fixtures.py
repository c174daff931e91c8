"""The server fixtures: private, and able to stop, freeze and crash."""

import stat

import psycopg
import pytest
import redis

from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.postgres_process import PostgresProcess


def test_broker_is_private(broker: BrokerProcess) -> None:
    client = broker.client()
    config = client.config_get()
    assert config["port"] == "0"
    assert config["appendonly"] == "yes"
    assert config["maxmemory-policy"] == "noeviction"
    assert stat.S_IMODE(broker.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(broker.socket.parent.stat().st_mode) == 0o700


def test_broker_keeps_its_data_over_a_stop(broker: BrokerProcess) -> None:
    broker.client().set("kept", "yes")
    broker.stop()
    with pytest.raises(redis.ConnectionError):
        broker.client().ping()
    broker.start()
    assert broker.client().get("kept") == b"yes"


def test_thawed_broker_responds_again(valkey: BrokerProcess) -> None:
    valkey.freeze()
    with pytest.raises(redis.TimeoutError):
        valkey.client(timeout_s=0.2).ping()
    valkey.thaw()
    assert valkey.client().ping()


def test_postgres_keeps_its_data_over_a_crash(postgres: PostgresProcess) -> None:
    url = postgres.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    postgres.crash()
    postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
