"""Validation of the URLs of Redis.

Each client library reads the options of a URL in its own way, so they are read here once, and all
libraries get the same arguments.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

REDIS_SCHEMES = ("redis", "rediss", "unix")
REQUIRED, NONE = "required", "none"
CERT_REQS = {
    "required": REQUIRED,
    "cert_required": REQUIRED,
    "none": NONE,
    "cert_none": NONE,
}
FILE_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
OPTIONS = ("ssl_cert_reqs", "ssl_check_hostname", *FILE_OPTIONS)
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parse_redis_url(
    url: str, *, name: str = "REDIS_URL", is_required: bool = True
) -> tuple[str, dict[str, Any]]:
    """Return the URL without options, and the TLS arguments of redis-py; empty without TLS.

    A certificate is required and must fit the host name, unless an option of the URL changes that.
    Raises ImproperlyConfigured. Its message omits the URL, which holds a password.
    """
    if not url and not is_required:
        return "", {}
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError if it is no number
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not a valid URL: {error}.") from None
    if parts.scheme != "unix":
        _check_address(name, parts.hostname, parts.path)
    options = _parse_options(name, parts.query, is_tls=parts.scheme == "rediss")
    plain = urlunsplit(parts._replace(query="", fragment=""))
    # urlunsplit drops the two slashes of an empty host.
    plain = plain if "://" in plain else plain.replace("unix:", "unix://", 1)
    return plain, _tls_arguments(name, options) if parts.scheme == "rediss" else {}


def _check_address(name: str, host: str | None, path: str) -> None:
    if not host:
        raise ImproperlyConfigured(f"{name} has no host: redis://:PASSWORD@HOST:6379/0")
    if not path.removeprefix("/").isdecimal() and path not in ("", "/"):
        raise ImproperlyConfigured(
            f"{name} must end with the number of a database, for example /0."
        )


def _parse_options(name: str, query: str, *, is_tls: bool) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    unknown = sorted(set(options) - set(OPTIONS if is_tls else ()))
    if unknown:
        allowed = f"options are {', '.join(OPTIONS)}" if is_tls else "only rediss:// has options"
        raise ImproperlyConfigured(f"{name} has the unknown option {unknown[0]!r}; {allowed}.")
    if len(options) < len(pairs):
        raise ImproperlyConfigured(f"{name} has an option twice.")
    return options


def _tls_arguments(name: str, options: dict[str, str]) -> dict[str, Any]:
    reqs = CERT_REQS.get(options.get("ssl_cert_reqs", REQUIRED).lower())
    if reqs is None:
        raise ImproperlyConfigured(f"ssl_cert_reqs in {name} must be required or none.")
    check_hostname = BOOLEANS.get(options.get("ssl_check_hostname", "true").lower())
    if check_hostname is None:
        raise ImproperlyConfigured(f"ssl_check_hostname in {name} must be true or false.")
    files = {option: options[option] for option in FILE_OPTIONS if option in options}
    for option, file in files.items():
        if not Path(file).is_file():
            raise ImproperlyConfigured(f"{option} in {name} is not a file: {file!r}.")
    if ("ssl_certfile" in files) != ("ssl_keyfile" in files):
        raise ImproperlyConfigured(f"{name} needs both ssl_certfile and ssl_keyfile, or neither.")
    return {
        "ssl_cert_reqs": reqs,
        "ssl_check_hostname": check_hostname and reqs == REQUIRED,
        **files,
    }
