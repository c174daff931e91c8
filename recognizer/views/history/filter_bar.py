"""The filter form of the history, its quick filters and its active filters."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict

from recognizer.views.model_display_names import list_numbered_models, model_name

NON_FILTER_PARAMS = frozenset({"cursor", "id", "deleted"})
PREDICTION_CHOICES = [(str(digit), str(digit)) for digit in range(10)] + [
    ("not_a_digit", "not a digit")
]
CLAIM_CHOICES = [*PREDICTION_CHOICES, ("none", "no label")]
QUICK_FILTERS = {"All": {}, "Wrong": {"wrong": "true"}, "Unsure": {"unsure": "true"}}
FORM_FIELDS = frozenset({"digit", "claim", "since", "until", "model"})
MAX_MODEL_CHOICES = 100


@dataclass(frozen=True)
class FilterLink:
    """A link to other filters. `query` starts with a question mark, or is empty."""

    text: str
    query: str
    name: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class FilterBar:
    """The filters of a request. `params` has no empty values."""

    params: dict[str, str]

    @property
    def query(self) -> str:
        return _build_query(self.params)

    @property
    def quick_filters(self) -> list[FilterLink]:
        others = {
            name: value for name, value in self.params.items() if name not in ("wrong", "unsure")
        }
        return [
            FilterLink(
                text,
                _build_query({**others, **filters}),
                is_current=self.params == {**others, **filters},
            )
            for text, filters in QUICK_FILTERS.items()
        ]

    @property
    def active_filters(self) -> list[FilterLink]:
        """Each filter, with the query without it."""
        return [
            FilterLink(self._format(name, value), _build_query({**self.params, name: ""}), name)
            for name, value in self.params.items()
        ]

    def _format(self, name: str, value: str) -> str:
        if name == "model":
            return dict(self.model_choices).get(value, value)
        return _format_filter(name, value)

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        """Filters without a form field, which the form keeps."""
        return [(name, value) for name, value in self.params.items() if name not in FORM_FIELDS]

    @property
    def prediction_choices(self) -> list[tuple[str, str]]:
        return PREDICTION_CHOICES

    @property
    def claim_choices(self) -> list[tuple[str, str]]:
        return CLAIM_CHOICES

    @cached_property
    def model_choices(self) -> list[tuple[str, str]]:
        models = list_numbered_models()[:MAX_MODEL_CHOICES]
        return [(model.ref, model_name(model)) for model in models]


def parse_filter_bar(query: QueryDict) -> FilterBar:
    """Read the last value of each name, as `parse_filters` does."""
    params = {
        name: str(value).strip() for name, value in query.items() if name not in NON_FILTER_PARAMS
    }
    return FilterBar({name: value for name, value in params.items() if value})


def _build_query(params: dict[str, str]) -> str:
    filled = {name: value for name, value in params.items() if value}
    return f"?{urlencode(filled)}" if filled else ""


def _format_filter(name: str, value: str) -> str:
    text = "not a digit" if value == "not_a_digit" else value
    match name:
        case "digit":
            return f"predicted {text}"
        case "claim":
            return "not labelled" if value == "none" else f"your label: {text}"
        case "wrong":
            return "wrong" if value == "true" else "correct"
        case "unsure":
            return "unsure" if value == "true" else "sure"
        case "since" | "until":
            return f"{'from' if name == 'since' else 'to'} {_format_day(value)}"
    return f"{name.replace('_', ' ')}: {text}"


def _format_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"
