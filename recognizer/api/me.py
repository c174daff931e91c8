"""One's own account: what the site knows, all of it to take along, and its end."""

from dataclasses import asdict
from typing import Any

from allauth.core import ratelimit
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import contract, history
from recognizer.accounts import CannotDeleteAccount, delete_account
from recognizer.api.answers import PROBLEMS, MeAnswer
from recognizer.api.authentication import user_of
from recognizer.api.fields import Body
from recognizer.api.negotiation import AnyAccept
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.downloads import stream_download
from recognizer.export import account_json, export_account
from recognizer.models import User


class FarewellBody(Body):
    confirm = serializers.CharField(help_text="Your username.")
    password = serializers.CharField(
        required=False, help_text="Your password, unless the account has none."
    )


class Me(APIView):
    parser_classes = [JsonBody]

    @extend_schema(operation_id="me_retrieve", responses={200: MeAnswer, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Who you are here, and figures of your drawings."""
        read_parameters(request)
        return Response(_me_json(user_of(request)))

    @extend_schema(
        operation_id="me_destroy",
        request=FarewellBody,
        responses={204: None, **PROBLEMS},
    )
    def delete(self, request: Request) -> Response:
        """End your account and erase everything drawn with it, at once and for good. It asks for
        your username, and for your password where there is one."""
        read_parameters(request)
        body = FarewellBody(data=request.data)
        body.is_valid(raise_exception=True)
        _check_farewell(request, user_of(request), body.validated_data)
        try:
            delete_account(user=user_of(request))
        except CannotDeleteAccount as error:
            raise Refused(409, "last_admin", str(error)) from None
        return Response(status=204)


class MeExport(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="me_export",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **PROBLEMS},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """All your data as a zip: drawings as JSON lines, the pictures the network saw."""
        read_parameters(request)
        pieces = export_account(user_of(request))
        return stream_download(
            request._request, pieces, name="digitsite.zip", media_type="application/zip"
        )


def _check_farewell(request: Request, user: User, given: dict[str, str]) -> None:
    if not ratelimit.consume(request._request, action="reauthenticate", user=user):
        sentence = "Too many tries. Wait a minute and try again."
        raise Refused(429, "too_many_attempts", sentence, retry_after_s=60)
    if given["confirm"] != user.username:
        errors = {"confirm": ["This is not your username."]}
        raise Refused(400, "not_confirmed", "Nothing was deleted.", errors=errors)
    if user.has_usable_password() and not user.check_password(given.get("password", "")):
        errors = {"password": ["This is not your password."]}
        raise Refused(400, "not_confirmed", "Nothing was deleted.", errors=errors)


def _me_json(user: User) -> dict[str, Any]:
    facts = account_json(user)
    names = ("username", "email", "roles", "may_teach", "may_teach_decided_at", "joined_at")
    return {**{name: facts[name] for name in names}, "metrics": _figures_json(user.pk)}


def _figures_json(owner_id: int) -> dict[str, Any]:
    figures = history.figures_of(owner_id)
    body = asdict(figures)
    body["accuracy"] = figures.accuracy
    body["predictions"] = _by_label(body["predictions"])
    body["by_label"] = _by_label(body["by_label"])
    for label in body["by_label"].values():
        label["predicted_as"] = _by_label(label["predicted_as"])
    return body


def _by_label(counted: dict[int, Any]) -> dict[str, Any]:
    return {str(contract.label_json(value)): item for value, item in counted.items()}
