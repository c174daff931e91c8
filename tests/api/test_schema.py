"""The OpenAPI document: complete, without warnings, and valid for real responses."""

import json
from io import StringIO
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command

from recognizer.api.openapi import examples
from recognizer.api.urls import urlpatterns
from recognizer.models import User
from tests.api.api_client import ApiClient
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

UNDOCUMENTED = {"api-schema", "api-docs", "api-not-found"}


@pytest.fixture(scope="module")
def schema() -> Any:
    out = StringIO()
    call_command("spectacular", format="openapi-json", validate=True, fail_on_warn=True, stdout=out)
    return json.loads(out.getvalue())


def _validate(schema: Any, component: str, body: Any) -> None:
    whole = {"$ref": f"#/components/schemas/{component}", "components": schema["components"]}
    jsonschema.Draft202012Validator(whole).validate(body)


def test_has_every_route_without_warnings(schema: Any) -> None:
    names = {route.name for route in urlpatterns if route.name} - UNDOCUMENTED
    assert len(schema["paths"]) == len(names)


def test_responses_match_the_schema(schema: Any, owner_api: ApiClient, owner: User) -> None:
    drawings = [
        make_recognized_drawing(owner, claim=10, pointer="pen"),
        make_recognized_drawing(owner, digit=None, decision="not_a_digit"),
        make_drawing(owner, ink="", picture="pictures/x.png"),
        make_drawing(owner, status="failed", error="empty"),
    ]
    _validate(schema, "DrawingList", owner_api.get("drawings/").json())
    for drawing in drawings:
        _validate(schema, "DrawingDetail", owner_api.get(f"drawings/{drawing.pk}/").json())
    _validate(schema, "Account", owner_api.get("me/").json())
    _validate(
        schema, "ModelVersionDetail", owner_api.get(f"models/{make_model_version().ref}/").json()
    )
    _validate(schema, "Problem", owner_api.get("drawings/", colour="red").json())


def test_missing_field_does_not_match_the_schema(
    schema: Any, owner_api: ApiClient, owner: User
) -> None:
    body = owner_api.get(f"drawings/{make_recognized_drawing(owner).pk}/").json()
    del body["prediction"]["latency_ms"]
    with pytest.raises(jsonschema.ValidationError):
        _validate(schema, "DrawingDetail", body)


def test_examples_match_the_schema(schema: Any) -> None:
    _validate(schema, "Drawing", examples.DRAWING_EXAMPLE_BODY)
    _validate(schema, "InkRequest", examples.INK_EXAMPLE_BODY)
    _validate(schema, "Accepted", examples.ACCEPTED_EXAMPLE_BODY)


def test_anonymous_users_read_the_schema_and_its_page(anonymous_api: ApiClient) -> None:
    assert anonymous_api.get("schema/").status_code == 200
    page = anonymous_api.get("docs/")
    assert page.status_code == 200
    script = anonymous_api.get("docs/", script="")
    assert script["Content-Type"].startswith("application/javascript")


def test_page_has_no_inline_or_external_resources(anonymous_api: ApiClient) -> None:
    text = anonymous_api.get("docs/").content.decode()
    assert "<style" not in text
    assert "://" not in text
    assert "<script>" not in text
