"""Settings of the mail server."""

from dataclasses import dataclass
from email.utils import getaddresses
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from digitsite.setting_values import parse_mail_host
from digitsite.typed_env import Environment

SUBMISSION_PORT, IMPLICIT_TLS_PORT = 587, 465


@dataclass(frozen=True)
class EmailSettings:
    """`use_ssl` is TLS from the first byte (port 465), `use_starttls` the upgrade (port 587)."""

    host: str
    port: int
    user: str
    password: str
    use_ssl: bool
    use_starttls: bool
    timeout_s: int
    sender: str


def read_email_settings(env: Environment, site_url: str) -> EmailSettings:
    host = env.parse(
        "EMAIL_HOST", "", "text", lambda raw: raw and parse_mail_host(raw), fallback=""
    )
    use_ssl = env.boolean("EMAIL_USE_SSL", default=False)
    use_starttls = env.boolean("EMAIL_USE_TLS", default=not use_ssl)
    if use_ssl and use_starttls:
        env.errors.append(
            "Set only one of EMAIL_USE_SSL (TLS from the start, port 465) and EMAIL_USE_TLS"
            " (STARTTLS, port 587) to true."
        )
    default_port = IMPLICIT_TLS_PORT if use_ssl else SUBMISSION_PORT
    user, password = env.text("EMAIL_HOST_USER"), env.text("EMAIL_HOST_PASSWORD")
    if bool(user) != bool(password):
        env.errors.append("Set both EMAIL_HOST_USER and EMAIL_HOST_PASSWORD, or neither of them.")
    return EmailSettings(
        host=host,
        port=env.integer("EMAIL_PORT", default_port, minimum=1, maximum=65535),
        user=user,
        password=password,
        use_ssl=use_ssl,
        use_starttls=use_starttls,
        timeout_s=env.integer("EMAIL_TIMEOUT", 10, minimum=1, maximum=60),
        sender=_read_sender(env, site_url),
    )


def _read_sender(env: Environment, site_url: str) -> str:
    default = f"Digitsite <digitsite@{urlsplit(site_url).hostname}>"
    sender = env.text("DEFAULT_FROM_EMAIL", default)
    addresses = [address for _, address in getaddresses([sender])]
    if sender != default and not (len(addresses) == 1 and _is_address(addresses[0])):
        env.errors.append(
            "DEFAULT_FROM_EMAIL must be an address such as Digitsite <digits@example.org>,"
            f" not {sender!r}."
        )
    return sender


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
