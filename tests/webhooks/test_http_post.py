"""Requests: limits of time and size, redirects, certificates."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django.fixtures import Settings

from recognizer.webhooks.http_post import MAX_EXCERPT_CHARACTERS, post
from tests.fixtures.deadlines import deadline
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.usefixtures("local_receivers")


def test_does_not_follow_redirects(receiver: Receiver) -> None:
    receiver.status, receiver.response_headers = 302, {"Location": "/elsewhere"}
    result = post(receiver.url, b"{}", {})
    assert (result.status, result.error) == (302, "redirect")
    assert [request.path for request in receiver.received] == ["/hook"]


def test_reads_the_start_of_a_response_only(receiver: Receiver) -> None:
    receiver.status, receiver.response = 500, b"\x1b[31mA fault" + b"x" * 20_000_000
    result = post(receiver.url, b"{}", {})
    assert (result.status, result.error) == (500, "status")
    assert result.excerpt.startswith("\\x1b[31mA fault")
    assert len(result.excerpt) == MAX_EXCERPT_CHARACTERS


def test_a_closed_port_is_an_error(receiver: Receiver) -> None:
    receiver.__exit__()
    assert post(receiver.url, b"{}", {}).error == "connection"
    with Receiver():  # for the exit of the fixture
        pass


@pytest.mark.parametrize("drips", [False, True])
def test_ends_after_the_timeout_in_total(settings: Settings, drips: bool) -> None:
    """A receiver is silent, or sends a header byte by byte without an end."""
    settings.WEBHOOK_TIMEOUT_S = 1
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection = server.accept()[0]
            with connection:
                while drips and not stop.wait(0.05):
                    try:
                        connection.send(b"x")
                    except OSError:
                        return
                stop.wait(deadline(30))

        threading.Thread(target=serve, daemon=True).start()
        result = post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        stop.set()
    assert (result.status, result.error) == (0, "timeout")
    assert 900 <= result.duration_ms <= 1000 * deadline(5)


def test_checks_the_certificate(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    assert isinstance(receiver.server, HTTPServer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    port = receiver.server.server_port
    assert post(f"https://localhost:{port}/", b"{}", {}).error == "tls"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert post(f"https://localhost:{port}/", b"{}", {}).status == 204
    assert post(f"https://127.0.0.1:{port}/", b"{}", {}).error == "tls"


def make_certificate(folder: Path, host: str) -> Path:
    """Write a self-signed certificate with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    builder: Any = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "certificate.pem"
    signed = builder.sign(key, hashes.SHA256())
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


def test_an_unresolvable_name_is_an_error(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    assert post("https://nothing.invalid/", b"{}", {}).error == "name_not_found"
