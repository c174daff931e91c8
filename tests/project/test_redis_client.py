"""Timeouts of Redis clients: a frozen server blocks no process."""

import re
from pathlib import Path

import pytest
import redis

from recognizer.messaging.redis_client import DEFAULT_TIMEOUT_S, connect_redis
from tests.fixtures.broker_process import BrokerProcess

ROOT = Path(__file__).resolve().parent.parent.parent
FACTORY = ROOT / "recognizer" / "messaging" / "redis_client.py"
CLIENT_PATTERN = re.compile(r"\b(Redis|StrictRedis)(\.from_url)?\(")


@pytest.mark.parametrize("folder", ["digitsite", "recognizer", "workers", "bench", "tests"])
def test_only_the_factory_creates_clients(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*.py") if path != FACTORY]
    assert files
    assert [path for path in files if CLIENT_PATTERN.search(path.read_text())] == []


def test_default_client_has_timeouts_and_no_retry() -> None:
    options = connect_redis().connection_pool.connection_kwargs
    assert options["socket_timeout"] == DEFAULT_TIMEOUT_S
    assert options["socket_connect_timeout"] == DEFAULT_TIMEOUT_S
    assert options["retry"].get_retries() == 0


def test_frozen_server_raises_timeout_error(valkey: BrokerProcess) -> None:
    valkey.freeze()
    with pytest.raises(redis.TimeoutError), connect_redis(timeout_s=0.2) as client:
        client.ping()
    valkey.thaw()
