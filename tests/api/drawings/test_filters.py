"""Filters of GET drawings/."""

from typing import Any

import pytest

from recognizer.models import NOT_A_DIGIT_LABEL, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

OLD, NEW = "ab" * 32, "cd" * 32


@pytest.fixture
def drawings_by_name(owner: User, outsider: User) -> dict[str, str]:
    """Ids of drawings by a name of their kind."""
    old = make_model_version(sha256=OLD)
    new = make_model_version(sha256=NEW)
    drawings = {
        "three": make_recognized_drawing(owner, digit=3, model=old, minutes_ago=60 * 24 * 10),
        "three called three": make_recognized_drawing(owner, digit=3, claim=3, model=new),
        "three called five": make_recognized_drawing(
            owner, digit=3, claim=5, model=new, confidence=0.6
        ),
        "unsure seven": make_recognized_drawing(
            owner, digit=7, decision="unsure", confidence=0.3, model=new
        ),
        "scrawl": make_recognized_drawing(owner, digit=None, decision="not_a_digit", model=new),
        "scrawl called one": make_recognized_drawing(
            owner, digit=None, decision="not_a_digit", claim=1, model=new, confidence=0.5
        ),
        "scrawl called so": make_recognized_drawing(
            owner, digit=None, decision="not_a_digit", claim=NOT_A_DIGIT_LABEL, model=new
        ),
        "queued": make_drawing(owner),
        "failed": make_drawing(owner, status="failed", error="empty", claim=2),
    }
    make_recognized_drawing(outsider, digit=3, claim=5)
    return {str(drawing.pk): name for name, drawing in drawings.items()}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"digit": 3}, {"three", "three called three", "three called five"}),
    ({"digit": 7}, {"unsure seven"}),
    ({"digit": "not_a_digit"}, {"scrawl", "scrawl called one", "scrawl called so"}),
    ({"claim": 5}, {"three called five"}),
    ({"claim": "not_a_digit"}, {"scrawl called so"}),
    ({"claim": "none"}, {"three", "unsure seven", "scrawl", "queued"}),
    ({"wrong": "true"}, {"three called five", "scrawl called one"}),
    ({"wrong": "false"}, {"three called three", "scrawl called so"}),
    ({"unsure": "true"}, {"unsure seven"}),
    ({"unsure": "false", "digit": 7}, set()),
    ({"status": "queued"}, {"queued"}),
    ({"status": "failed"}, {"failed"}),
    ({"model": f"inknet@{OLD[:12]}"}, {"three"}),
    ({"model": f"other@{OLD[:12]}"}, set()),
    ({"confidence_max": 0.4}, {"unsure seven"}),
    ({"confidence_min": 0.5, "confidence_max": 0.6}, {"three called five", "scrawl called one"}),
    ({"digit": 3, "claim": 3}, {"three called three"}),
    ({"digit": "", "claim": 5, "wrong": ""}, {"three called five"}),
]


def _describe(case: Any) -> str:
    """Return the cases in an order that is the same in every process."""
    return str(sorted(case) if isinstance(case, set) else case)[:40]


@pytest.mark.parametrize(("filters", "expected"), CASES, ids=_describe)
def test_filter_selects_the_matching_drawings(
    owner_api: ApiClient,
    drawings_by_name: dict[str, str],
    filters: dict[str, Any],
    expected: set[str],
) -> None:
    response = owner_api.get("drawings/", **filters)
    assert response.status_code == 200, response.content
    assert {drawings_by_name[drawing["id"]] for drawing in response.json()["results"]} == expected


def test_date_filters_are_lower_and_upper_bounds(owner_api: ApiClient, owner: User) -> None:
    day = make_recognized_drawing(owner, minutes_ago=60 * 24 * 3).created_at
    make_recognized_drawing(owner)
    make_recognized_drawing(owner, minutes_ago=60 * 24 * 6)
    found = owner_api.get("drawings/", since=f"{day:%Y-%m-%d}", until=f"{day:%Y-%m-%d}").json()
    assert [drawing["created_at"] for drawing in found["results"]] == [day.isoformat()]
    exact = owner_api.get("drawings/", since=day.isoformat(), until=day.isoformat()).json()
    assert exact["results"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digit", "10"),
        ("digit", "٣"),
        ("digit", "none"),
        ("claim", "-1"),
        ("claim", "null"),
        ("wrong", "maybe"),
        ("unsure", "1"),
        ("since", "yesterday"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("until", "9999-12-31"),
        ("model", "inknet"),
        ("model", "inknet@' OR 1=1 --"),
        ("confidence_min", "nan"),
        ("confidence_max", "1.5"),
        ("status", "lost"),
        ("colour", "red"),
        ("format", "xml"),
    ],
)
def test_invalid_values_are_refused_with_the_valid_ones(
    owner_api: ApiClient, name: str, value: str
) -> None:
    response = owner_api.get("drawings/", **{name: value})
    assert problem_code(response) == (400, "invalid")
    assert list(response.json()["errors"]) == [name]
    assert response.json()["errors"][name].endswith(".")


def test_refuses_repeated_parameters(owner_api: ApiClient) -> None:
    response = owner_api.get("drawings/", digit=["1", "2"])
    assert problem_code(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["digit"]


def test_accepts_a_time_copied_from_a_response(owner_api: ApiClient, owner: User) -> None:
    make_drawing(owner)
    moment = owner_api.get("drawings/").json()["results"][0]["created_at"]
    found = owner_api.get("drawings/", since=moment.replace("Z", "+00:00").replace("+", " "))
    assert len(found.json()["results"]) == 1
