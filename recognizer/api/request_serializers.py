"""Fields and base classes of request bodies."""

from typing import Any
from uuid import uuid4

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognizer import protocol
from recognizer.drawings.ink_validation import CannotReadInk, Ink, parse_ink
from recognizer.ingest.http_submission import NewDrawing
from recognizer.protocol.drawing_json_payloads import label_schema

MAX_REVISION = 2**31 - 1


class RequestSerializer(serializers.Serializer[Any]):
    """A request body. Unknown fields are refused."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            sentence = f"There is no such field. There are: {', '.join(self.fields)}."
            raise serializers.ValidationError({name: [sentence] for name in sorted(unknown)})
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "type": "array",
        "description": "Strokes of points `[x, y]`, `[x, y, t_ms]` or `[x, y, t_ms, pressure]`.",
        "minItems": 1,
        "maxItems": 200,
        "items": {
            "type": "array",
            "items": {"type": "array", "minItems": 2, "maxItems": 4, "items": {"type": "number"}},
        },
    }
)
class InkField(serializers.Field[Ink, Any, Any, Any]):
    def to_internal_value(self, data: Any) -> Ink:
        try:
            return parse_ink(data)
        except CannotReadInk as error:
            raise serializers.ValidationError(error.message, error.code) from None


@extend_schema_field(label_schema())
class LabelField(serializers.Field[int | None, Any, Any, Any]):
    """A label as it is stored, or null."""

    def to_internal_value(self, data: Any) -> int | None:
        try:
            return protocol.parse_label(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


def parse_stored_label(data: object, message: str) -> int:
    """Return a label, 0 to 10. Raises ValidationError with this message."""
    try:
        value = protocol.parse_label(data)
    except ValueError:
        value = None
    if value is None:
        raise serializers.ValidationError(message)
    return value


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MAX_REVISION})
class RevisionField(serializers.Field[int, Any, Any, Any]):
    """A revision of a drawing. A number in a string is refused."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, int) and not isinstance(data, bool) and 0 <= data <= MAX_REVISION:
            return data
        raise serializers.ValidationError(f"Give a whole number from 0 to {MAX_REVISION}.")


class ClaimRequestSerializer(RequestSerializer):
    claim = LabelField(allow_null=True)
    revision = RevisionField(required=False)


class DrawingRequestBase(RequestSerializer):
    ref = serializers.UUIDField(
        required=False, help_text="UUID chosen by the client; makes a retry safe."
    )
    pointer = serializers.ChoiceField(protocol.POINTER_TYPES, required=False)


class InkRequestSerializer(DrawingRequestBase):
    strokes = InkField()


class PictureRequestSerializer(DrawingRequestBase):
    image = serializers.FileField(help_text="A PNG, JPEG or WebP of at most 1,000,000 pixels.")


def build_new_drawing(data: dict[str, Any]) -> NewDrawing:
    picture = data.get("image")
    return NewDrawing(
        ink=data.get("strokes"),
        picture=picture.read() if picture else b"",
        pointer=data.get("pointer", ""),
        ref=data.get("ref") or uuid4(),
    )
