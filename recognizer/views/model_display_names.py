"""Display names of model versions: "Inknet 2, 28 Nov". Template library `model_names`."""

from collections import Counter
from collections.abc import Iterable

from django import template
from django.utils import timezone

from recognizer.models import ModelVersion

register = template.Library()

NUMBER = "_number"  # attribute of a version that keeps its number

ARCHITECTURE_TITLES = {
    "cnn_xavier": "Xavier CNN",
    "fnn": "FNN",
    "inknet": "Inknet",
    "kaggle_cnn": "Kaggle CNN",
    "lenet5_v2": "LeNet-5 v2",
    "mlp": "MLP",
    "sequential8": "Sequential",
}


@register.filter
def model_name(version: ModelVersion) -> str:
    """Return the title, the number among the versions of that name, and the day of creation.

    The year is added if it is not the current one.
    """
    local = timezone.localtime(version.created_at)
    year = "" if local.year == timezone.localtime().year else f" {local.year}"
    return f"{model_title(version)}, {local.day} {local:%b}{year}"


@register.filter
def model_title(version: ModelVersion) -> str:
    """Return the name and number without the day, for narrow columns: "Inknet 2"."""
    if NUMBER not in vars(version):
        number_models([version])
    return f"{architecture_title(version.name)} {vars(version)[NUMBER]}"


@register.filter
def architecture_title(name: str) -> str:
    """Return the title of an architecture, or of a model that is named after one."""
    return ARCHITECTURE_TITLES.get(name, name[:1].upper() + name[1:].replace("_", " "))


def list_numbered_models() -> list[ModelVersion]:
    """Return all versions without their model cards, newest first, in one query."""
    versions = list(ModelVersion.objects.defer("card"))
    _set_numbers(versions, reversed([(version.pk, version.name) for version in versions]))
    return versions


def load_model_names() -> dict[str, str]:
    """Return ref -> name, for scripts."""
    return {version.ref: model_name(version) for version in list_numbered_models()}


def number_models(versions: Iterable[ModelVersion]) -> None:
    """Count for each version how many of its name exist up to it, in one query.

    `model_name` counts for a single version itself. Lists call this first.
    """
    versions = list(versions)
    rows = ModelVersion.objects.filter(name__in={version.name for version in versions})
    _set_numbers(versions, rows.order_by("created_at", "id").values_list("pk", "name"))


def _set_numbers(versions: list[ModelVersion], rows: Iterable[tuple[int, str]]) -> None:
    """Number `versions` by `rows` (id, name), oldest first."""
    counts: Counter[str] = Counter()
    numbers: dict[int, int] = {}
    for pk, name in rows:
        counts[name] += 1
        numbers[pk] = counts[name]
    for version in versions:
        vars(version)[NUMBER] = numbers[version.pk]
