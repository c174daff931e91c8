"""The filters above the history: the form, the chips of those in use, the ways without them."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from recognizer.models import ModelVersion

NOT_FILTERS = frozenset({"cursor", "id", "deleted"})
ANSWERS = [(str(digit), str(digit)) for digit in range(10)] + [("not_a_digit", "not a digit")]
LABELS = [*ANSWERS, ("none", "nothing yet")]
QUICK = {"All": {}, "Wrong": {"wrong": "true"}, "Unsure": {"unsure": "true"}}
ASKED_IN_DETAIL = frozenset({"digit", "claim", "since", "until", "model"})


@dataclass(frozen=True)
class Link:
    """A filter one can follow; `query` starts with a question mark, or is empty."""

    text: str
    query: str
    is_current: bool = False


@dataclass(frozen=True)
class FilterBar:
    """`given` are the filters in the address, empty ones left out."""

    given: dict[str, str]

    @property
    def query(self) -> str:
        """For addresses that keep the filters; it ends so that a name can follow."""
        return _query(self.given)

    @property
    def quick(self) -> list[Link]:
        rest = {name: text for name, text in self.given.items() if name not in ("wrong", "unsure")}
        return [
            Link(text, _query({**rest, **filters}), self.given == {**rest, **filters})
            for text, filters in QUICK.items()
        ]

    @property
    def chips(self) -> list[Link]:
        """Each filter in use, with the address without it."""
        return [
            Link(_say_filter(name, text), _query({**self.given, name: ""}))
            for name, text in self.given.items()
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Filters the form does not ask for and so carries along."""
        return [(name, text) for name, text in self.given.items() if name not in ASKED_IN_DETAIL]

    @property
    def answers(self) -> list[tuple[str, str]]:
        return ANSWERS

    @property
    def labels(self) -> list[tuple[str, str]]:
        return LABELS

    @property
    def models(self) -> list[str]:
        return [model.ref for model in ModelVersion.objects.defer("card")[:100]]


def read_bar(query: QueryDict) -> FilterBar:
    """The last text of each name counts, as for the filters themselves."""
    given = {name: str(text).strip() for name, text in query.items() if name not in NOT_FILTERS}
    return FilterBar({name: text for name, text in given.items() if text})


def _query(given: dict[str, str]) -> str:
    used = {name: text for name, text in given.items() if text}
    return f"?{urlencode(used)}" if used else ""


def _say_filter(name: str, text: str) -> str:
    said = "not a digit" if text == "not_a_digit" else text
    match name:
        case "digit":
            return f"read as {said}"
        case "claim":
            return "not labelled" if text == "none" else f"you said {said}"
        case "wrong":
            return "wrong" if text == "true" else "right"
        case "unsure":
            return "unsure" if text == "true" else "sure"
        case "since" | "until":
            return f"{'from' if name == 'since' else 'to'} {_say_day(text)}"
        case "model":
            return text
    return f"{name.replace('_', ' ')}: {said}"


def _say_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"
