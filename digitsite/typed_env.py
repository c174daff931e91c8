"""Typed reads from the process environment. All invalid values are collected, then raised together.

Independent of Django settings. `Environment.declared` holds every name that was read. Tests compare
it with the documentation and the compose file.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from digitsite import setting_values

MAX_INTEGER = 2**31
FOREIGN_NAMES = frozenset({"DIGITSITE_DATA", "DIGITSITE_PARENT_PID", "DJANGO_SETTINGS_MODULE"})
"""Variables of other parts of the project."""
PREFIXES = ("DIGITSITE_", "DJANGO_")
"""Prefixes that users put before the name of a setting."""
MIN_SIMILARITY = 0.8
MIN_SIMILARITY_IF_SET = 0.9
MIN_SIMILAR_NAME_LENGTH = 7
"""Shorter names, for example PORT, resemble variables of other programs."""

Value = TypeVar("Value")


class Declaration(NamedTuple):
    """Type and default of a setting, as the documentation shows them."""

    type: str
    default: str


class Environment:
    """Typed reads from a mapping of names to text. An empty value counts as absent.

    A read of an invalid value returns the default and adds to `errors`; `raise_errors` raises them.
    """

    def __init__(self, source: Mapping[str, str]) -> None:
        self._source = source
        self.declared: dict[str, Declaration] = {}
        self.errors: list[str] = []

    def parse(
        self, name: str, default: str, type: str, parse: Callable[[str], Value], *, fallback: Value
    ) -> Value:
        """Return the parsed value, or `fallback` if `parse` raises ValueError("must …")."""
        try:
            return parse(self.text(name, default, type))
        except ValueError as error:
            self.errors.append(f"{name} {error}.")
            return fallback

    def text(self, name: str, default: str = "", type: str = "text") -> str:
        self.declared[name] = Declaration(type, default)
        return self._source.get(name, "").strip() or default

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        parse = setting_values.choice_parser(choices)
        return self.parse(name, default, " or ".join(choices), parse, fallback=default)

    def url(self, name: str, default: str, schemes: Sequence[str]) -> str:
        """Return a URL of one of these schemes, or the empty text if that is the default."""
        parse = setting_values.url_parser(schemes)
        return self.parse(name, default, "URL", lambda raw: raw and parse(raw), fallback=default)

    def integer(
        self, name: str, default: int, *, minimum: int = 0, maximum: int = MAX_INTEGER
    ) -> int:
        limits = f"{minimum} or more" if maximum == MAX_INTEGER else f"{minimum} to {maximum}"
        parse = setting_values.integer_parser(minimum, maximum)
        return self.parse(name, str(default), f"integer, {limits}", parse, fallback=default)

    def fraction(self, name: str, default: float) -> float:
        """Return a number between 0 and 1, both excluded."""
        parse = setting_values.parse_fraction
        return self.parse(name, str(default), "number, 0 to 1", parse, fallback=default)

    def boolean(self, name: str, *, default: bool) -> bool:
        parse = setting_values.parse_boolean
        text = "true" if default else "false"
        return self.parse(name, text, "true or false", parse, fallback=default)

    def csv_list(
        self,
        name: str,
        default: Sequence[str] = (),
        parse_item: Callable[[str], str] = str,
    ) -> list[str]:
        """Return the items of a comma-separated list, without empty ones and duplicates."""

        def parse(raw: str) -> list[str]:
            items = [item.strip() for item in raw.split(",") if item.strip()]
            if raw and not items:
                raise ValueError("must have at least one item")
            return list(dict.fromkeys(map(parse_item, items)))

        text = ",".join(default)
        return self.parse(name, text, "comma-separated list", parse, fallback=list(default))

    def subset(self, name: str, choices: Sequence[str]) -> list[str]:
        """Return the items of a comma-separated list of `choices`."""
        raw = self.text(name, "", f"list of {', '.join(choices)}")
        items = [item.strip() for item in raw.split(",") if item.strip()]
        if unknown := set(items) - set(choices):
            raise ImproperlyConfigured(
                f"{name} must be a list of {', '.join(choices)}, not {', '.join(sorted(unknown))}."
            )
        return items

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Return the networks of a comma-separated list such as `10.0.0.0/8, 2001:db8::/32`."""
        parse = setting_values.parse_networks
        return self.parse(name, "", "comma-separated networks", parse, fallback=[])

    def check_origins(
        self, origins: Sequence[str], *, site_url: str, allowed_hosts: Sequence[str], https: bool
    ) -> None:
        """Check that the settings of the site's address agree."""
        if site_url not in origins:
            self.errors.append(f"SITE_URL must be one of ORIGINS, not {site_url!r}.")
        insecure = [origin for origin in origins if not origin.startswith("https://")]
        if https and insecure:
            self.errors.append(f"ORIGINS must be https if HTTPS is true, not {insecure[0]!r}.")
        hosts = map(setting_values.host_of_origin, origins)
        missing = [host for host in hosts if not validate_host(host, allowed_hosts)]
        if missing:
            self.errors.append(f"ALLOWED_HOSTS must have the host {missing[0]!r} of ORIGINS.")

    def raise_errors(self) -> None:
        """Raise ImproperlyConfigured with all errors, also of names that resemble a setting."""
        errors = [*self.errors, *self._find_misspelled_names()]
        if len(errors) == 1:
            raise ImproperlyConfigured(errors[0])
        if errors:
            lines = "".join(f"\n- {error}" for error in errors)
            raise ImproperlyConfigured(f"{len(errors)} settings are invalid:{lines}")

    def _find_misspelled_names(self) -> list[str]:
        found = {
            name: self._find_intended_name(name)
            for name in sorted(set(self._source) - set(self.declared) - FOREIGN_NAMES)
        }
        return [
            f"{name} is not a setting. Did you mean {meant}?"
            for name, meant in found.items()
            if meant
        ]

    def _find_intended_name(self, name: str) -> str | None:
        """Return the setting that an unknown name resembles, or None."""
        plain = name.upper()
        for prefix in PREFIXES:
            plain = plain.removeprefix(prefix)
        has_prefix = plain != name.upper()
        if has_prefix and plain in self.declared and not _is_service_link(self._source[name]):
            return plain
        similar = [known for known in self.declared if len(known) >= MIN_SIMILAR_NAME_LENGTH]
        unset = [known for known in similar if not self._source.get(known)]
        matches = get_close_matches(plain, unset, n=1, cutoff=MIN_SIMILARITY)
        matches += get_close_matches(plain, similar, n=1, cutoff=MIN_SIMILARITY_IF_SET)
        return next(iter(matches), None)


def _is_service_link(value: str) -> bool:
    """Return whether Kubernetes set the variable, for example DIGITSITE_PORT=tcp://10.0.0.1:8000."""
    return value.startswith(("tcp://", "udp://"))
