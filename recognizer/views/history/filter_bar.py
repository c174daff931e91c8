"""The filters above the history: the form, the chips of those in use, the ways without them."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from recognizer.models import ModelVersion

NON_FILTER_PARAMS = frozenset({"cursor", "id", "deleted"})
PREDICTION_CHOICES = [(str(digit), str(digit)) for digit in range(10)] + [
    ("not_a_digit", "not a digit")
]
CLAIM_CHOICES = [*PREDICTION_CHOICES, ("none", "nothing yet")]
QUICK_FILTERS = {"All": {}, "Wrong": {"wrong": "true"}, "Unsure": {"unsure": "true"}}
DETAIL_FILTERS = frozenset({"digit", "claim", "since", "until", "model"})


@dataclass(frozen=True)
class FilterLink:
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
        return _build_query(self.given)

    @property
    def quick_filters(self) -> list[FilterLink]:
        rest = {name: text for name, text in self.given.items() if name not in ("wrong", "unsure")}
        return [
            FilterLink(text, _build_query({**rest, **filters}), self.given == {**rest, **filters})
            for text, filters in QUICK_FILTERS.items()
        ]

    @property
    def chips(self) -> list[FilterLink]:
        """Each filter in use, with the address without it."""
        return [
            FilterLink(_format_filter(name, text), _build_query({**self.given, name: ""}))
            for name, text in self.given.items()
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Filters the form does not ask for and so carries along."""
        return [(name, text) for name, text in self.given.items() if name not in DETAIL_FILTERS]

    @property
    def answers(self) -> list[tuple[str, str]]:
        return PREDICTION_CHOICES

    @property
    def labels(self) -> list[tuple[str, str]]:
        return CLAIM_CHOICES

    @property
    def models(self) -> list[str]:
        return [model.ref for model in ModelVersion.objects.defer("card")[:100]]


def parse_filter_bar(query: QueryDict) -> FilterBar:
    """The last text of each name counts, as for the filters themselves."""
    given = {
        name: str(text).strip() for name, text in query.items() if name not in NON_FILTER_PARAMS
    }
    return FilterBar({name: text for name, text in given.items() if text})


def _build_query(given: dict[str, str]) -> str:
    used = {name: text for name, text in given.items() if text}
    return f"?{urlencode(used)}" if used else ""


def _format_filter(name: str, text: str) -> str:
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
            return f"{'from' if name == 'since' else 'to'} {_format_day(text)}"
        case "model":
            return text
    return f"{name.replace('_', ' ')}: {said}"


def _format_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"
