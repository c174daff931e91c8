"""Typed reads from the process environment. Invalid values raise ImproperlyConfigured.

Independent of Django settings. `Environment.declared` holds every name that was read. Tests compare
it with the documentation and the compose file.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

TRUE_TEXTS = frozenset({"1", "true", "yes", "on"})
FALSE_TEXTS = frozenset({"0", "false", "no", "off"})
MAX_INTEGER = 2**31


class Declaration(NamedTuple):
    """Type and default of a setting, as the documentation shows them."""

    type: str
    default: str


class Environment:
    """Typed reads from a mapping of names to text. An empty value counts as absent."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self._source = source
        self.declared: dict[str, Declaration] = {}

    def text(self, name: str, default: str = "", type: str = "text") -> str:
        self.declared[name] = Declaration(type, default)
        return self._source.get(name, "").strip() or default

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        value = self.text(name, default, " or ".join(choices))
        if value not in choices:
            raise ImproperlyConfigured(
                f"{name} must be one of {', '.join(choices)}, not {value!r}."
            )
        return value

    def url(self, name: str, default: str, schemes: Sequence[str]) -> str:
        """Return a URL with one of `schemes`. The message omits the URL, which holds a password."""
        value = self.text(name, default, "URL")
        if value.partition("://")[0] not in schemes:
            raise ImproperlyConfigured(
                f"{name} must be a URL that starts with one of"
                f" {', '.join(f'{scheme}://' for scheme in schemes)}"
            )
        return value

    def integer(
        self, name: str, default: int, *, minimum: int = 0, maximum: int = MAX_INTEGER
    ) -> int:
        limits = f"{minimum} or more" if maximum == MAX_INTEGER else f"{minimum} to {maximum}"
        raw = self.text(name, str(default), f"integer, {limits}")
        try:
            value = int(raw)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from None
        if not minimum <= value <= maximum:
            raise ImproperlyConfigured(f"{name} must be from {minimum} to {maximum}, not {value}.")
        return value

    def fraction(self, name: str, default: float) -> float:
        """Return a number between 0 and 1, both excluded."""
        raw = self.text(name, str(default), "number, 0 to 1")
        try:
            value = float(raw)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}.") from None
        if not 0 < value < 1:
            raise ImproperlyConfigured(f"{name} must be between 0 and 1, not {raw!r}.")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        raw = self.text(name, "true" if default else "false", "true or false").lower()
        if raw not in TRUE_TEXTS | FALSE_TEXTS:
            raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")
        return raw in TRUE_TEXTS

    def csv_list(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return the items of a comma-separated list without empty ones."""
        raw = self.text(name, ",".join(default), "comma-separated list")
        return [item.strip() for item in raw.split(",") if item.strip()]

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Return the networks of a comma-separated list such as `10.0.0.0/8, 2001:db8::/32`."""
        raw = self.text(name, "", "comma-separated networks")
        try:
            return [ip_network(item.strip()) for item in raw.split(",") if item.strip()]
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must be a list of networks such as 192.0.2.0/24: {error}."
            ) from None
