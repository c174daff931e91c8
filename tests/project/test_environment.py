"""Refusal of invalid settings, with the setting and the accepted values."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from digitsite.setting_values import (
    check_secret,
    parse_host_name,
    parse_origin,
    parse_trusted_proxy,
)
from digitsite.typed_env import Environment

ROOT = Path(__file__).resolve().parents[2]
Read = Callable[[Environment], object]
POSTGRES = ["postgresql", "postgres", "sqlite"]
READ_SETTINGS = """
import sys
from django.core.exceptions import ImproperlyConfigured
try:
    import digitsite.settings
except ImproperlyConfigured as error:
    sys.exit(str(error))
"""
REDIS = ["redis", "rediss", "unix"]


def error_of(raw: str, read: Read) -> str:
    """Return the message that the value of NAME is refused with, or an empty text."""
    env = Environment({"NAME": raw})
    read(env)
    try:
        env.raise_errors()
    except ImproperlyConfigured as error:
        return str(error)
    return ""


@pytest.mark.parametrize("raw", ["three", "11", "-1", "1.0", "1e1", "1_0", "0x1", "٣", "1 2", "+"])
def test_refuses_a_wrong_number(raw: str) -> None:
    assert error_of(raw, lambda env: env.integer("NAME", 1, maximum=10)).startswith("NAME must")


@pytest.mark.parametrize("raw", ["0", "1", "-0.5", "half", "nan", "inf", "30%", "0,3"])
def test_refuses_a_wrong_fraction(raw: str) -> None:
    assert error_of(raw, lambda env: env.fraction("NAME", 0.5)).startswith("NAME must")


@pytest.mark.parametrize("raw", ["maybe", "2", "tru", "y", "None", "on off"])
def test_refuses_a_wrong_truth_value(raw: str) -> None:
    assert error_of(raw, lambda env: env.boolean("NAME", default=True)).startswith("NAME must")


def test_refuses_an_unknown_choice() -> None:
    message = error_of("c", lambda env: env.choice("NAME", "a", ["a", "b"]))
    assert message == "NAME must be one of a, b, not 'c'."


@pytest.mark.parametrize(
    ("raw", "schemes"),
    [
        ("mysql://user:secret@host/name", POSTGRES),
        ("host/name", POSTGRES),
        ("postgresql", POSTGRES),
        ("postgresql://user:secret@host:port/name", POSTGRES),
        ("postgresql://user:sec/ret@host/name", POSTGRES),
        ("postgresql://user:secret@host:99999/name", POSTGRES),
        ("postgresql://user:secret@host", POSTGRES),
        ("postgresql:///name", POSTGRES),
        ("postgresql://user:secret@[::1/name", POSTGRES),
        ("sqlite://", POSTGRES),
        ("sqlite://:memory:", POSTGRES),
        ("sqlite:///:memory:", POSTGRES),
        ("redis://:secret@host/digits", REDIS),
        ("redis://:secret@host:6379/0/1", REDIS),
        ("redis://:secret@:6379/0", REDIS),
        ("redis://:secret@host:6379:1/0", REDIS),
        ("localhost:6379", REDIS),
        ("http://host:6379", REDIS),
        ("unix://valkey.sock", REDIS),
        ("sqlite:///relative.sqlite3", POSTGRES),
        ("sqlite:////var/db.sqlite3?mode=ro", POSTGRES),
        ("postgresql://user:secret@host/name?sslmode=full", POSTGRES),
        ("postgresql://user:secret@host/name?pool=true", POSTGRES),
        ("postgresql://user:secret@host/name?connect_timeout=soon", POSTGRES),
        ("postgresql://user:secret%zz@host/name", POSTGRES),
    ],
)
def test_refuses_a_wrong_url_without_its_password(raw: str, schemes: list[str]) -> None:
    message = error_of(raw, lambda env: env.url("NAME", "", schemes))
    assert message.startswith("NAME must")
    assert "secret" not in message
    assert "sec/ret" not in message


@pytest.mark.parametrize(
    ("raw", "schemes"),
    [
        ("postgresql://user:s%2F@host:5432/name?sslmode=require", POSTGRES),
        ("postgresql://postgres@/name?host=/tmp/a", POSTGRES),
        ("sqlite:////var/db.sqlite3", POSTGRES),
        ("redis://:secret@host", REDIS),
        ("rediss://host:6379/15?ssl_cert_reqs=required", REDIS),
        ("redis://[::1]:6379/0", REDIS),
        ("unix:///run/valkey.sock?db=1", REDIS),
    ],
)
def test_accepts_a_url(raw: str, schemes: list[str]) -> None:
    assert error_of(raw, lambda env: env.url("NAME", "", schemes)) == ""


@pytest.mark.parametrize(
    "raw",
    [
        "localhost:8123",
        "localhost",
        "//localhost",
        "ftp://localhost",
        "http://",
        "http://localhost:port",
        "http://localhost:0",
        "http://localhost:99999",
        "http://localhost/path",
        "https://localhost?a=b",
        "http://user@localhost",
        "https://*.digits.example",
        "https://.digits.example",
        "http://a b",
        "http://digits,example/",
        "http://1.2.3",
        "http://1.2.3.256",
        "http://0x7f.1",
        "http://0x7f000001",
        "http://digits.1",
        "http://[fe80::1%25eth0]",
        "http://[fe80::1%eth0]",
        "http://[::1",
        "*",
        "null",
    ],
)
def test_refuses_an_origin_that_no_browser_sends(raw: str) -> None:
    message = error_of(raw, lambda env: env.csv_list("NAME", [], parse_origin))
    assert message.startswith("NAME must")


@pytest.mark.parametrize(
    ("raw", "origins"),
    [
        ("http://localhost:8000", ["http://localhost:8000"]),
        ("HTTPS://Digits.Example/", ["https://digits.example"]),
        ("https://digits.example:443, http://a:80", ["https://digits.example", "http://a"]),
        ("http://[::1]:8000,http://10.0.0.1:81", ["http://[::1]:8000", "http://10.0.0.1:81"]),
        ("https://a.b,https://a.b", ["https://a.b"]),
        ("http://[0:0:0:0:0:0:0:1]:81", ["http://[::1]:81"]),
        ("http://[2001:DB8:0::A]", ["http://[2001:db8::a]"]),
    ],
)
def test_origins_are_written_as_browsers_send_them(raw: str, origins: list[str]) -> None:
    env = Environment({"NAME": raw})
    assert env.csv_list("NAME", [], parse_origin) == origins
    env.raise_errors()


@pytest.mark.parametrize("raw", ["http://a", "a:8000", "a/b", "a b", "1.2.3", ",", ""])
def test_refuses_a_host_that_is_not_a_name(raw: str) -> None:
    message = error_of(raw, lambda env: env.csv_list("NAME", ["a"], parse_host_name))
    assert message.startswith("NAME must") == bool(raw)


@pytest.mark.parametrize("raw", ["localhost", "10.0.0.1/8", "10.0.0", "proxy:80", "1.2.3.4/33"])
def test_refuses_a_proxy_that_is_no_address(raw: str) -> None:
    message = error_of(raw, lambda env: env.csv_list("NAME", [], parse_trusted_proxy))
    assert message.startswith("NAME must")


@pytest.mark.parametrize(
    "raw",
    [
        *["x", "a" * 40, "change-me-" * 5, "django-insecure-4f7k2jhx90aqpwm3zvbt8r6e", "k3J" * 10],
        *["$(head -c 32 /dev/urandom | base64)", "${SITE_KEY_OF_THE_PRODUCTION_SERVER}"],
        *["<random text of fifty characters>", "qwertyuiopasdfghjklzxcvbnmqwertyuiop"],
    ],
)
def test_refuses_a_secret_that_can_be_guessed(raw: str) -> None:
    with pytest.raises(ValueError, match=r"^must") as refusal:
        check_secret(raw)
    assert raw not in str(refusal.value)


def test_names_all_errors_together() -> None:
    env = Environment({"A": "x", "B": "y"})
    env.integer("A", 1)
    env.boolean("B", default=True)
    with pytest.raises(ImproperlyConfigured, match=r"(?s)A must.*B must"):
        env.raise_errors()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ORIGIN", "ORIGINS"),
        ("origins", "ORIGINS"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("SECRETKEY", "SECRET_KEY"),
        ("DJANGO_SECRET_KEY", "SECRET_KEY"),
        ("DIGITSITE_PORT", "PORT"),
        ("DRAWINGS_PER_MIN", "DRAWINGS_PER_MINUTE"),
        ("EMAIL_TLS", "EMAIL_USE_TLS"),
    ],
)
def test_suggests_the_setting_that_a_name_resembles(name: str, meant: str) -> None:
    message = start_error(**{name: "1"})
    assert f"{name} is not a setting. Did you mean {meant}?" in message


def test_accepts_the_variables_of_other_programs() -> None:
    foreign = ("HTTPS_PROXY", "REDIS_PORT", "POSTGRES_PASSWORD", "DIGITSITE_DATA", "HTTP", "PORTS")
    kubernetes = {"DIGITSITE_PORT": "tcp://10.0.0.1:8000", "DIGITSITE_SERVICE_HOST": "10.0.0.1"}
    assert start_error(**dict.fromkeys(foreign, "1"), **kubernetes) == ""


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"ORIGINS": "localhost:8123"}, "ORIGINS must"),
        ({"ALLOWED_HOSTS": "http://localhost"}, "ALLOWED_HOSTS must"),
        ({"ALLOWED_HOSTS": "digits.example"}, "ALLOWED_HOSTS must have the host"),
        ({"HTTPS": "true", "ORIGINS": "http://digits.example"}, "ORIGINS must be https"),
        ({"HTTPS": "true", "SECRET_KEY": "x"}, "SECRET_KEY must"),
        ({"ORIGINS": "http://digits.example", "METRICS_TOKEN": "x"}, "METRICS_TOKEN must"),
        ({"FORWARDED_ALLOW_IPS": "proxy"}, "FORWARDED_ALLOW_IPS must"),
        ({"DEFAULT_FROM_EMAIL": "digits"}, "DEFAULT_FROM_EMAIL must"),
        ({"SITE_URL": "http://digits.example"}, "SITE_URL must be one of ORIGINS"),
        ({"SITE_URL": "localhost:8000"}, "SITE_URL must"),
        ({"STORAGE_URL": "bucket"}, "STORAGE_URL must"),
        ({"DIGITSITE_HOME": "/dev/null/home"}, "DIGITSITE_HOME must"),
        ({"DIGITSITE_HOME": "/dev/null"}, "DIGITSITE_HOME must"),
    ],
)
def test_site_does_not_start_with_an_invalid_setting(given: dict[str, str], reason: str) -> None:
    message = start_error(**given)
    assert message.startswith(reason)
    assert "Traceback" not in message


def test_accepts_a_weak_secret_on_this_machine_only() -> None:
    assert start_error(SECRET_KEY="x", METRICS_TOKEN="x", ORIGINS="http://localhost:8123") == ""


def test_empty_value_counts_as_absent() -> None:
    env = Environment({"NAME": "  "})
    assert env.integer("NAME", 3) == 3
    assert env.csv_list("NAME", ["a", "b"]) == ["a", "b"]
    assert env.declared["NAME"].default == "a,b"


def start_error(**settings: str) -> str:
    """Return the refusal of the settings, or an empty text."""
    keep = ("PATH", "LANG", "HOME", "DIGITSITE_HOME")
    kept = {name: value for name, value in os.environ.items() if name in keep}
    run = subprocess.run(
        [sys.executable, "-c", READ_SETTINGS],
        cwd=ROOT,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stderr
