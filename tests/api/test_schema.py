"""The schema: without warnings, complete, and true to real answers."""

import json
from io import StringIO
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command

from recognizer.api import examples
from recognizer.api.urls import urlpatterns
from recognizer.models import User
from tests.api.calling import Api
from tests.api.drawn import answered, drawing_of, model_version

pytestmark = pytest.mark.django_db

UNDOCUMENTED = {"api-schema", "api-docs"}


@pytest.fixture(scope="module")
def schema() -> Any:
    out = StringIO()
    call_command("spectacular", format="openapi-json", validate=True, fail_on_warn=True, stdout=out)
    return json.loads(out.getvalue())


def _check(schema: Any, component: str, body: Any) -> None:
    whole = {"$ref": f"#/components/schemas/{component}", "components": schema["components"]}
    jsonschema.Draft202012Validator(whole).validate(body)


def test_it_has_no_warnings_and_every_route(schema: Any) -> None:
    names = {route.name for route in urlpatterns if route.name} - UNDOCUMENTED
    assert len(schema["paths"]) == len(names)


def test_real_answers_are_as_it_says(schema: Any, mine: Api, owner: User) -> None:
    drawings = [
        answered(owner, claim=10, pointer="pen"),
        answered(owner, digit=None, decision="not_a_digit"),
        drawing_of(owner, ink="", picture="pictures/x.png"),
        drawing_of(owner, status="failed", error="empty"),
    ]
    _check(schema, "DrawingsAnswer", mine.get("drawings/").json())
    for drawing in drawings:
        _check(schema, "OneDrawingAnswer", mine.get(f"drawings/{drawing.pk}/").json())
    _check(schema, "MeAnswer", mine.get("me/").json())
    _check(schema, "OneModelAnswer", mine.get(f"models/{model_version().ref}/").json())
    _check(schema, "ProblemAnswer", mine.get("drawings/", colour="red").json())


def test_it_would_notice_a_field_that_went_missing(schema: Any, mine: Api, owner: User) -> None:
    body = mine.get(f"drawings/{answered(owner).pk}/").json()
    del body["prediction"]["latency_ms"]
    with pytest.raises(jsonschema.ValidationError):
        _check(schema, "OneDrawingAnswer", body)


def test_its_examples_are_as_it_says(schema: Any) -> None:
    _check(schema, "DrawingAnswer", examples.DRAWING)
    _check(schema, "InkBodyRequest", examples.INK)
    _check(schema, "AcceptedAnswer", examples.ACCEPTED)


def test_everybody_may_read_it_and_its_page(nobody: Api) -> None:
    assert nobody.get("schema/").status_code == 200
    page = nobody.get("docs/")
    assert page.status_code == 200
    script = nobody.get("docs/", script="")
    assert script["Content-Type"].startswith("application/javascript")


def test_its_page_has_nothing_inline_and_nothing_from_elsewhere(nobody: Api) -> None:
    text = nobody.get("docs/").content.decode()
    assert "<style" not in text
    assert "://" not in text
    assert "<script>" not in text
