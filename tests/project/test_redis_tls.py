"""TLS to Redis: every client verifies the server in the same way."""

import asyncio
import datetime
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from digitsite.embedded_valkey import find_installed_broker
from digitsite.redis_url import parse_redis_url
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.messaging.channel_layer import CHANNEL_GROUP, load_channel_layer
from recognizer.messaging.redis_client import connect_redis
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import find_free_port, wait_until

pytestmark = pytest.mark.django_db

REFUSED_URLS = {
    "an unknown option": "rediss://h/0?ssl_verify=true",
    "an option without TLS": "redis://h/0?ssl_cert_reqs=none",
    "a misspelled requirement": "rediss://h/0?ssl_cert_reqs=optional",
    "an empty requirement": "rediss://h/0?ssl_cert_reqs=",
    "a file that is missing": "rediss://h/0?ssl_ca_certs=/nowhere/ca.pem",
    "a certificate without its key": f"rediss://h/0?ssl_certfile={__file__}",
    "a check that is neither true nor false": "rediss://h/0?ssl_check_hostname=maybe",
    "an option twice": "rediss://h/0?ssl_cert_reqs=none&ssl_cert_reqs=required",
    "no host": "rediss:///0",
    "a port that is no number": "rediss://h:port/0",
    "a database that is no number": "redis://h/zero",
    "a socket with options": "unix:///run/redis.sock?db=1",
}


@pytest.mark.parametrize("url", REFUSED_URLS.values(), ids=REFUSED_URLS.keys())
def test_refuses_an_invalid_url_at_the_start(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        parse_redis_url(url)


@pytest.mark.parametrize("text", ["none", "NONE", "CERT_NONE"])
def test_reads_the_spellings_of_all_libraries(text: str) -> None:
    url, options = parse_redis_url(f"rediss://:pass%2Fword@host:1/2?ssl_cert_reqs={text}")
    assert url == "rediss://:pass%2Fword@host:1/2"
    assert options == {"ssl_cert_reqs": "none", "ssl_check_hostname": False}


def test_verifies_certificate_and_host_by_default() -> None:
    for url in ("rediss://host/0", "rediss://host/0?ssl_cert_reqs=CERT_REQUIRED"):
        assert parse_redis_url(url)[1] == {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    assert parse_redis_url("unix:///run/a.sock") == ("unix:///run/a.sock", {})
    assert parse_redis_url("redis://host") == ("redis://host", {})


@dataclass(frozen=True)
class TlsServer:
    """A Redis server whose certificate is for 127.0.0.1 only, and the files of two CAs."""

    port: int
    ca: Path
    other_ca: Path

    def url(self, host: str = "127.0.0.1", **options: object) -> str:
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"rediss://{host}:{self.port}/0?{query}"


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    folder = tmp_path_factory.mktemp("tls")
    server = TlsServer(find_free_port(), folder / "server.pem", folder / "other.pem")
    for path in (server.ca, server.other_ca):
        _write_certificate(path)
    program = find_installed_broker()
    assert program, "no Redis found: apt-get install redis-server"
    command: list[str | Path] = [
        program,
        *("--port", "0", "--tls-port", str(server.port), "--bind", "127.0.0.1", "--save", ""),
        *("--tls-cert-file", server.ca, "--tls-key-file", server.ca.with_suffix(".key")),
        *("--tls-auth-clients", "no", "--dir", folder),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def responds() -> bool:
        assert process.poll() is None, "redis-server ended: it may be built without TLS"
        return _works(_ping, server.url(ssl_ca_certs=server.ca))

    wait_until(responds, within_s=10, what="Redis accepts TLS")
    yield server
    process.terminate()
    process.wait(deadline(10))


def _write_certificate(path: Path) -> None:
    """Write a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.stem)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
    )
    certificate = builder.sign(key, hashes.SHA256())
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _ping() -> None:
    with connect_redis(timeout_s=deadline(1)) as client:
        client.ping()


def _send_task() -> None:
    sender = TaskSender()
    try:
        sender.send("payload")
    finally:
        sender.close()


def _send_message() -> None:
    layer = load_channel_layer.__wrapped__()

    async def send() -> None:
        try:
            await layer.group_send(CHANNEL_GROUP, {"type": "test"})
        finally:
            await layer.flush()

    asyncio.run(send())


CLIENTS = {"keys": _ping, "tasks": _send_task, "messages": _send_message}


def _works(use: Callable[[], None], url: str) -> bool:
    """Return whether a client can use the server at REDIS_URL `url`."""
    with pytest.MonkeyPatch.context() as patch:
        plain, options = parse_redis_url(url)
        patch.setattr("django.conf.settings.REDIS_URL", plain)
        patch.setattr("django.conf.settings.REDIS_TLS", options)
        try:
            use()
        except (redis.RedisError, CannotPublish, OSError):
            return False
        return True


@pytest.mark.parametrize("use", CLIENTS.values(), ids=CLIENTS.keys())
def test_every_client_verifies_the_server_alike(
    tls_server: TlsServer, use: Callable[[], None], settings: Settings
) -> None:
    results = {
        "known CA": _works(use, tls_server.url(ssl_ca_certs=tls_server.ca)),
        "known CA, other host": _works(
            use, tls_server.url("localhost", ssl_ca_certs=tls_server.ca)
        ),
        "known CA, other host, unchecked": _works(
            use,
            tls_server.url("localhost", ssl_ca_certs=tls_server.ca, ssl_check_hostname="false"),
        ),
        "unknown CA": _works(use, tls_server.url()),
        "other CA": _works(use, tls_server.url(ssl_ca_certs=tls_server.other_ca)),
        "not verified": _works(use, tls_server.url(ssl_cert_reqs="none")),
        "without TLS": _works(use, f"redis://127.0.0.1:{tls_server.port}/0"),
    }
    assert results == {
        "known CA": True,
        "known CA, other host": False,
        "known CA, other host, unchecked": True,
        "unknown CA": False,
        "other CA": False,
        "not verified": True,
        "without TLS": False,
    }
