"""How the schema tells programs to say who they are."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


def forbid_additional_properties(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Says of every body what the interface does: fields that do not exist are refused."""
    for name, component in result["components"]["schemas"].items():
        if name.endswith("BodyRequest"):
            component["additionalProperties"] = False
    return result


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # of theirs
    target_class = "recognizer.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token KEY`, with a key from your account page.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    target_class = "recognizer.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
