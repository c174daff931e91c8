"""Parsers of the values of settings. Each raises ValueError with a text that follows the name.

The texts name what is accepted. They omit URLs, which hold passwords.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, parse_qs, urlsplit

import psycopg
from psycopg.pq import Conninfo

TRUE_TEXTS = frozenset({"1", "true", "yes", "on"})
FALSE_TEXTS = frozenset({"0", "false", "no", "off"})
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_NAME_PATTERN = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
IPV4_PATTERN = re.compile(r"[0-9.]+")
NUMERIC_LABEL_PATTERN = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""Browsers read a host that ends so as an IPv4 address."""
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
MIN_SECRET_LENGTH = 32
MIN_SECRET_CHARACTERS = 8
"""Different characters of a secret. A random one of 32 characters has more than 20."""
SAMPLE_SECRETS = re.compile(
    r"django-insecure|change.?(me|it)|replace.?(me|this)|your.?secret|secret.?key|example|placeholder"
    r"|password|digitsite|0123456789|abcdefgh|qwerty|correct.?horse|openssl|token_urlsafe|\$[({]|<.*>",
    re.I,
)


def choice_parser(choices: Sequence[str]) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {raw!r}")
        return raw

    return parse


def integer_parser(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", raw):
            raise ValueError(f"must be a whole number, not {raw!r}")
        if not minimum <= int(raw) <= maximum:
            raise ValueError(f"must be from {minimum} to {maximum}, not {raw}")
        return int(raw)

    return parse


def parse_fraction(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        raise ValueError(f"must be a number, not {raw!r}") from None
    if not 0 < value < 1:
        raise ValueError(f"must be between 0 and 1, not {raw!r}")
    return value


def parse_boolean(raw: str) -> bool:
    if raw.lower() not in TRUE_TEXTS | FALSE_TEXTS:
        raise ValueError(f"must be true or false, not {raw!r}")
    return raw.lower() in TRUE_TEXTS


def parse_origin(raw: str) -> str:
    """Return the origin as browsers send it: lower case, without the default port and a slash."""
    sentence = f"must have full addresses such as https://digits.example, not {raw!r}"
    parts = _split(raw.lower().removesuffix("/"), sentence)
    if parts.scheme not in DEFAULT_PORTS or f"{parts.scheme}://{parts.netloc}" != parts.geturl():
        raise ValueError(sentence)
    host = parse_host_name(parts.netloc if parts.port is None else parts.netloc.rpartition(":")[0])
    if "*" in host or host.startswith("."):
        raise ValueError(f"must name each host, not {raw!r}")
    if NUMERIC_LABEL_PATTERN.fullmatch(host.rpartition(".")[2]) and not _is_ip_address(host):
        raise ValueError(f"must have valid IP addresses, not {raw!r}")  # browsers send another one
    if host.startswith("["):
        host = f"[{_parse_ipv6(host, sentence)}]"
    is_default = parts.port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"


def parse_host_name(raw: str) -> str:
    """Accept a name, an IPv4 address, an IPv6 address in brackets, `.example` and `*`."""
    name = raw.lower()
    if not (
        name == "*" or _is_ip_address(name) or HOST_NAME_PATTERN.fullmatch(name.removeprefix("."))
    ):
        raise ValueError(f"must have host names without scheme, port and path, not {raw!r}")
    if IPV4_PATTERN.fullmatch(name) and not _is_ip_address(name):
        raise ValueError(f"must have valid IP addresses, not {raw!r}")
    return name


def host_of_origin(origin: str) -> str:
    """Return the host without its port, as in ALLOWED_HOSTS."""
    return re.sub(r":[0-9]+$", "", origin.partition("://")[2])


def port_of_origin(origin: str) -> int:
    """Return the port, also if it is the default of the scheme."""
    parts = urlsplit(origin)
    return parts.port or DEFAULT_PORTS[parts.scheme]


def parse_trusted_proxy(raw: str) -> str:
    try:
        return raw if raw == "*" else str(ipaddress.ip_network(raw)).removesuffix("/32")
    except ValueError:
        raise ValueError(
            f"must have IP addresses or networks such as 172.30.117.0/24, not {raw!r}"
        ) from None


def parse_mail_host(raw: str) -> str:
    """Accept a host name or an IP address, without a port."""
    if not _is_ip_address(raw) and not HOST_NAME_PATTERN.fullmatch(raw.lower()):
        raise ValueError(
            f"must be a host name such as mail.example.org, not {raw!r}. Set the port in EMAIL_PORT"
        )
    return raw


def parse_networks(raw: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(item.strip()) for item in raw.split(",") if item.strip()]
    except ValueError as error:
        raise ValueError(f"must be a list of networks such as 192.0.2.0/24: {error}") from None


def url_parser(schemes: Sequence[str]) -> Callable[[str], str]:
    """Return a parser of the URLs of databases and brokers."""
    sentence = f"must be a URL that starts with one of {', '.join(f'{it}://' for it in schemes)}"

    def parse(raw: str) -> str:
        if raw.partition("://")[0] not in schemes or "://" not in raw:
            raise ValueError(sentence)
        parts = _split(
            raw,
            "must be a URL with a valid host and port; write special characters of the password"
            " percent-encoded",
        )
        CHECKS_BY_SCHEME[parts.scheme](parts)
        return raw

    return parse


def check_secret(raw: str) -> str:
    """Refuse a secret that can be guessed. An empty one counts as absent."""
    if not raw:
        return raw
    if len(raw) < MIN_SECRET_LENGTH:
        raise ValueError(f"must have at least {MIN_SECRET_LENGTH} characters on a public site")
    if SAMPLE_SECRETS.search(raw) or len(set(raw)) < MIN_SECRET_CHARACTERS:
        raise ValueError("must be random, not a sample value, on a public site")
    return raw


def is_loopback(origin: str) -> bool:
    """Return whether an origin is reached on this machine only."""
    host = urlsplit(origin).hostname or ""
    if _is_ip_address(host):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _check_sqlite(parts: SplitResult) -> None:
    is_absolute = parts.path.startswith("//") and len(parts.path) > 2
    if parts.netloc or not is_absolute or parts.query or parts.fragment:
        raise ValueError("must name a file: sqlite:////absolute/path/db.sqlite3, without options")


def _check_postgresql(parts: SplitResult) -> None:
    if len(parts.path) < 2 or "/" in parts.path[1:]:
        raise ValueError("must name a database: postgresql://USER:PASSWORD@HOST/NAME")
    if not parts.hostname and not parse_qs(parts.query).get("host"):
        raise ValueError("must name a host: postgresql://USER:PASSWORD@HOST/NAME")
    try:
        given = {option.keyword: option.val for option in Conninfo.parse(parts.geturl().encode())}
    except psycopg.OperationalError:  # its text may quote the password
        raise ValueError(
            "must have options of libpq only, for example sslmode, and special characters"
            " percent-encoded"
        ) from None
    if (given[b"sslmode"] or b"prefer").decode() not in SSL_MODES:
        raise ValueError(f"must have one of {', '.join(SSL_MODES)} as sslmode")
    for name in (b"connect_timeout", b"tcp_user_timeout"):
        if not (given[name] or b"0").isdigit():
            raise ValueError(f"must have a whole number as {name.decode()}")


def _check_redis(parts: SplitResult) -> None:
    if not parts.hostname:
        raise ValueError("must name a host: redis://:PASSWORD@HOST:6379/0")
    if not re.fullmatch(r"/?|/[0-9]{1,5}", parts.path):
        raise ValueError("must end with the number of a database: redis://:PASSWORD@HOST:6379/0")


def _check_unix_socket(parts: SplitResult) -> None:
    if not parts.path.startswith("/") or len(parts.path) < 2:
        raise ValueError("must have the absolute path of a socket: unix:///run/redis.sock")


CHECKS_BY_SCHEME = {
    "sqlite": _check_sqlite,
    "postgresql": _check_postgresql,
    "postgres": _check_postgresql,
    "redis": _check_redis,
    "rediss": _check_redis,
    "unix": _check_unix_socket,
}


def _split(raw: str, sentence: str) -> SplitResult:
    """Split a URL. Raises ValueError(sentence) if its host or port is invalid."""
    try:
        parts = urlsplit(raw)
        if parts.port == 0 or re.search(r"[\s\\]", raw):
            raise ValueError(sentence)
    except ValueError:
        raise ValueError(sentence) from None
    return parts


def _parse_ipv6(host: str, sentence: str) -> str:
    """Return the address in brackets as browsers write it. They refuse one with a zone."""
    try:
        return str(ipaddress.IPv6Address(host.strip("[]").replace("%", "zone")))
    except ValueError:
        raise ValueError(sentence) from None


def _is_ip_address(host: str) -> bool:
    """Return whether a host is an IPv4 address, or an IPv6 address with or without brackets."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
