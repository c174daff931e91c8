"""OpenAPI components from payload types: each TypedDict becomes one component.

`Annotated` adds to a field: a string is its description, JsonSchema holds further keywords,
and an enumeration lists the values of a string.
"""

import inspect
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent, resolve_type_hint

from recognizer.api.problem_details import MEDIA_TYPE, ProblemPayload
from recognizer.protocol.drawing_json_payloads import JsonSchema

Schema = dict[str, Any]

# drf-spectacular does not annotate these.
new_component: Any = ResolvedComponent
resolve_enum: Any = resolve_type_hint

SCALAR_SCHEMAS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number", "format": "double"},
    bool: {"type": "boolean"},
    Any: {},
    NoneType: {"type": "null"},
}


class PayloadAutoSchema(AutoSchema):
    """The schema of an API view: payload types for responses, serializers for request bodies."""

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Return `Claim` for ClaimRequestSerializer; drf-spectacular appends `Request`."""
        return type(serializer).__name__.removesuffix("RequestSerializer")

    def _resolve_path_parameters(self, variables: Any) -> Any:
        """Return UUIDs; views declare the parameters of other types."""
        parameters = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        return [{**one, "schema": {"type": "string", "format": "uuid"}} for one in parameters]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """Add the problem, which every operation may return."""
        build: Any = super()._get_response_bodies
        problem = self._get_response_for_code(ProblemPayload, "4XX", [MEDIA_TYPE], direction)
        return {**build(direction), "4XX": problem}

    def _get_response_for_code(self, serializer: Any, *args: Any, **kwargs: Any) -> Any:
        if is_typeddict(serializer) or get_origin(serializer) is list:
            serializer = build_schema(serializer, self.registry)
        build: Any = super()._get_response_for_code
        return build(serializer, *args, **kwargs)


def build_schema(hint: Any, registry: ComponentRegistry) -> Schema:
    """Return the JSON Schema of a type; TypedDicts are registered as components."""
    origin, args = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        return _reference(hint, registry)
    if origin is NotRequired:
        return build_schema(args[0], registry)
    if origin is Annotated:
        return _annotate(build_schema(args[0], registry), hint.__metadata__)
    if origin is Literal:
        return {"type": "string", "enum": list(args)}
    if origin in (Union, UnionType):
        return _join([build_schema(arg, registry) for arg in args])
    if origin is list:
        return {"type": "array", "items": build_schema(args[0], registry)}
    if origin is dict:
        return {"type": "object", "additionalProperties": build_schema(args[1], registry)}
    return dict(SCALAR_SCHEMAS[hint])


def _reference(payload: type, registry: ComponentRegistry) -> Schema:
    name = payload.__name__.removesuffix("Payload")
    component = new_component(name, ResolvedComponent.SCHEMA, object=payload)
    if component not in registry:
        registry.register(component)
        component.schema = _build_object(payload, registry)
    return dict(component.ref)


def _build_object(payload: type, registry: ComponentRegistry) -> Schema:
    hints = get_type_hints(payload, include_extras=True)
    schema: Schema = {
        "type": "object",
        "properties": {name: build_schema(hint, registry) for name, hint in hints.items()},
        "required": sorted(
            name for name, hint in hints.items() if get_origin(hint) is not NotRequired
        ),
    }
    if payload.__doc__:
        schema["description"] = inspect.cleandoc(payload.__doc__)
    return schema


def _annotate(schema: Schema, metadata: tuple[Any, ...]) -> Schema:
    for note in metadata:
        if isinstance(note, str):
            schema = {**schema, "description": note}
        elif isinstance(note, JsonSchema):
            schema = {**schema, **note.keywords}
        elif isinstance(note, type) and issubclass(note, Enum):
            schema = {**resolve_enum(note), **schema}
    return schema


def _join(schemas: list[Schema]) -> Schema:
    """Return the schema of a union: one schema that also allows null if possible, otherwise
    `oneOf`."""
    known = [schema for schema in schemas if schema != SCALAR_SCHEMAS[NoneType]]
    if len(known) == 1 and "enum" not in known[0] and isinstance(known[0].get("type"), str):
        return {**known[0], "type": [known[0]["type"], "null"]}
    options = [option for schema in known for option in schema.get("oneOf", [schema])]
    return {"oneOf": [*options, *(schema for schema in schemas if schema not in known)]}
