"""Reads the process environment: every value once, typed, and refused loudly when it is nonsense.

Knows no Django settings. What was declared is kept in `Environment.declared`, so that a test
can hold it against the documentation and the compose file.
"""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

TRUE_TEXTS = frozenset({"1", "true", "yes", "on"})
FALSE_TEXTS = frozenset({"0", "false", "no", "off"})


class Environment:
    """Typed reads from a mapping of names to text; an empty value counts as absent."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self._source = source
        self.declared: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        return self._read(name, default) or default

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        value = self.text(name, default)
        if value not in among:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {value!r}.")
        return value

    def integer(self, name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
        raw = self.text(name, str(default))
        try:
            value = int(raw)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from None
        if not least <= value <= most:
            raise ImproperlyConfigured(f"{name} must be from {least} to {most}, not {value}.")
        return value

    def share(self, name: str, default: float) -> float:
        """A number between 0 and 1, neither of them."""
        raw = self.text(name, str(default))
        try:
            value = float(raw)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}.") from None
        if not 0 < value < 1:
            raise ImproperlyConfigured(f"{name} must lie between 0 and 1, not {raw!r}.")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        raw = self.text(name, "true" if default else "false").lower()
        if raw not in TRUE_TEXTS | FALSE_TEXTS:
            raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")
        return raw in TRUE_TEXTS

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """A comma-separated list; blanks around and between the commas do not count."""
        raw = self.text(name, ",".join(default))
        return [word.strip() for word in raw.split(",") if word.strip()]

    def _read(self, name: str, default: str) -> str:
        self.declared[name] = default
        return self._source.get(name, "").strip()
