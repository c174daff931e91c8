"""Settings of the mail server and of links in e-mails."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from digitsite.email_settings import EmailSettings, read_email_settings
from digitsite.typed_env import Environment

SITE = "https://digits.example:8443"
LOGIN = {"EMAIL_HOST_USER": "digits", "EMAIL_HOST_PASSWORD": "secret"}


@pytest.mark.parametrize(
    ("given", "port", "use_ssl", "use_starttls"),
    [
        ({}, 587, False, True),
        ({"EMAIL_USE_SSL": "true"}, 465, True, False),
        ({"EMAIL_USE_TLS": "false", "EMAIL_PORT": "25"}, 25, False, False),
        ({"EMAIL_USE_SSL": "true", "EMAIL_PORT": "4650"}, 4650, True, False),
    ],
)
def test_expresses_each_kind_of_connection(
    given: dict[str, str], port: int, use_ssl: bool, use_starttls: bool
) -> None:
    found = _read({"EMAIL_HOST": "mail.example.org", **given})

    assert (found.port, found.use_ssl, found.use_starttls) == (port, use_ssl, use_starttls)


def test_reads_login_timeout_and_sender() -> None:
    found = _read({**LOGIN, "EMAIL_TIMEOUT": "3", "DEFAULT_FROM_EMAIL": "Digits <d@example.org>"})

    assert (found.user, found.password, found.timeout_s) == ("digits", "secret", 3)
    assert found.sender == "Digits <d@example.org>"
    assert _read({}).sender == "Digitsite <digitsite@digits.example>"


@pytest.mark.parametrize(
    "given",
    [
        {"EMAIL_HOST": "smtp://mail.example.org"},
        {"EMAIL_HOST": "mail.example.org:587"},
        {"EMAIL_HOST": "mail.example.org/"},
        {"EMAIL_HOST": ".."},
        {"EMAIL_HOST": "-"},
        {"EMAIL_USE_SSL": "true", "EMAIL_USE_TLS": "true"},
        {"EMAIL_PORT": "0"},
        {"EMAIL_TIMEOUT": "0"},
        {"EMAIL_HOST_USER": "digits"},
        {"EMAIL_HOST_PASSWORD": "secret"},
        {"DEFAULT_FROM_EMAIL": "Digitsite"},
        {"DEFAULT_FROM_EMAIL": "a@b@c"},
        {"DEFAULT_FROM_EMAIL": "a@b.example, c@d.example"},
    ],
)
def test_refuses_an_invalid_setting_by_name(given: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match=next(iter(given))):
        _read(given)


def _read(given: dict[str, str]) -> EmailSettings:
    env = Environment(given)
    found = read_email_settings(env, SITE)
    env.raise_errors()
    return found
