"""The filters of one's drawings."""

from typing import Any

import pytest

from recognizer.models import NOT_A_DIGIT, User
from tests.api.calling import Api, code_of
from tests.api.drawn import answered, drawing_of, model_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

OLD, NEW = "ab" * 32, "cd" * 32


@pytest.fixture
def drawn(owner: User, outsider: User) -> dict[str, str]:
    """Drawings of every kind by name: name -> id."""
    old = model_version(sha256=OLD)
    new = model_version(sha256=NEW)
    drawings = {
        "three": answered(owner, digit=3, model=old, minutes_ago=60 * 24 * 10),
        "three called three": answered(owner, digit=3, claim=3, model=new),
        "three called five": answered(owner, digit=3, claim=5, model=new, confidence=0.6),
        "unsure seven": answered(owner, digit=7, verdict="unsure", confidence=0.3, model=new),
        "scrawl": answered(owner, digit=None, verdict="not_a_digit", model=new),
        "scrawl called one": answered(
            owner, digit=None, verdict="not_a_digit", claim=1, model=new, confidence=0.5
        ),
        "scrawl called so": answered(
            owner, digit=None, verdict="not_a_digit", claim=NOT_A_DIGIT, model=new
        ),
        "queued": drawing_of(owner),
        "failed": drawing_of(owner, status="failed", error="empty", claim=2),
    }
    answered(outsider, digit=3, claim=5)
    return {str(drawing.pk): name for name, drawing in drawings.items()}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"digit": 3}, {"three", "three called three", "three called five"}),
    ({"digit": 7}, {"unsure seven"}),
    ({"digit": "not_a_digit"}, {"scrawl", "scrawl called one", "scrawl called so"}),
    ({"label": 5}, {"three called five"}),
    ({"label": "not_a_digit"}, {"scrawl called so"}),
    ({"label": "none"}, {"three", "unsure seven", "scrawl", "queued"}),
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
    ({"digit": 3, "label": 3}, {"three called three"}),
    ({"digit": "", "label": 5, "wrong": ""}, {"three called five"}),
]


def _describe(case: Any) -> str:
    """The same in every process, whatever the order of a set is there."""
    return str(sorted(case) if isinstance(case, set) else case)[:40]


@pytest.mark.parametrize(("filters", "expected"), CASES, ids=_describe)
def test_a_filter_keeps_what_it_says(
    mine: Api, drawn: dict[str, str], filters: dict[str, Any], expected: set[str]
) -> None:
    response = mine.get("drawings/", **filters)
    assert response.status_code == 200, response.content
    assert {drawn[drawing["id"]] for drawing in response.json()["results"]} == expected


def test_dates_bound_from_both_sides(mine: Api, owner: User) -> None:
    day = answered(owner, minutes_ago=60 * 24 * 3).created_at
    answered(owner)
    answered(owner, minutes_ago=60 * 24 * 6)
    found = mine.get("drawings/", since=f"{day:%Y-%m-%d}", until=f"{day:%Y-%m-%d}").json()
    assert [drawing["created_at"] for drawing in found["results"]] == [day.isoformat()]
    exact = mine.get("drawings/", since=day.isoformat(), until=day.isoformat()).json()
    assert exact["results"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digit", "10"),
        ("digit", "٣"),
        ("digit", "none"),
        ("label", "-1"),
        ("label", "null"),
        ("wrong", "maybe"),
        ("unsure", "1"),
        ("since", "yesterday"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("until", "9999-12-31"),
        ("model", "inknet"),
        ("model", "inknet@' OR 1=1 --"),
        ("model", "ink\x00net@0123456789ab"),
        ("confidence_min", "nan"),
        ("confidence_max", "1.5"),
        ("status", "lost"),
        ("colour", "red"),
        ("format", "xml"),
    ],
)
def test_it_refuses_what_makes_no_sense_and_says_what_would(
    mine: Api, name: str, value: str
) -> None:
    response = mine.get("drawings/", **{name: value})
    assert code_of(response) == (400, "invalid")
    assert list(response.json()["errors"]) == [name]
    assert response.json()["errors"][name].endswith(".")


def test_a_parameter_that_comes_twice_is_refused_not_guessed(mine: Api) -> None:
    response = mine.get("drawings/", digit=["1", "2"])
    assert code_of(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["digit"]


def test_a_moment_copied_from_an_answer_is_understood(mine: Api, owner: User) -> None:
    drawing_of(owner)
    moment = mine.get("drawings/").json()["results"][0]["created_at"]
    found = mine.get("drawings/", since=moment.replace("Z", "+00:00").replace("+", " "))
    assert len(found.json()["results"]) == 1
