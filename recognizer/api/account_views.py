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

from recognizer import protocol
from recognizer.accounts.data_export import account_json, export_account
from recognizer.accounts.services import delete_account
from recognizer.api.authentication import get_request_user
from recognizer.api.content_negotiation import AcceptAnyNegotiation
from recognizer.api.drawings.serializers import PROBLEM_RESPONSES, AccountSerializer
from recognizer.api.problems import ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import RequestSerializer
from recognizer.drawings.user_stats import compute_user_stats
from recognizer.models import User
from recognizer.streaming import stream_download


class DeleteAccountRequestSerializer(RequestSerializer):
    confirm = serializers.CharField(help_text="Your username.")
    password = serializers.CharField(
        required=False, help_text="Your password, unless the account has none."
    )


class AccountView(APIView):
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="me_retrieve", responses={200: AccountSerializer, **PROBLEM_RESPONSES}
    )
    def get(self, request: Request) -> Response:
        """Who you are here, and figures of your drawings."""
        parse_query_params(request)
        return Response(_account_json(get_request_user(request)))

    @extend_schema(
        operation_id="me_destroy",
        request=DeleteAccountRequestSerializer,
        responses={204: None, **PROBLEM_RESPONSES},
    )
    def delete(self, request: Request) -> Response:
        """End your account and erase everything drawn with it, at once and for good. It asks for
        your username, and for your password where there is one."""
        parse_query_params(request)
        body = DeleteAccountRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        _check_deletion_request(request, get_request_user(request), body.validated_data)
        delete_account(user=get_request_user(request))
        return Response(status=204)


class DataExportView(APIView):
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="me_export",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """All your data as a zip: drawings as JSON lines, the pictures the network saw."""
        parse_query_params(request)
        pieces = export_account(get_request_user(request))
        return stream_download(
            request._request, pieces, name="digitsite.zip", media_type="application/zip"
        )


def _check_deletion_request(request: Request, user: User, given: dict[str, str]) -> None:
    if not ratelimit.consume(request._request, action="reauthenticate", user=user):
        sentence = "Too many tries. Wait a minute and try again."
        raise ApiProblem(429, "too_many_attempts", sentence, retry_after_s=60)
    if given["confirm"] != user.username:
        errors = {"confirm": ["This is not your username."]}
        raise ApiProblem(400, "not_confirmed", "Nothing was deleted.", errors=errors)
    if user.has_usable_password() and not user.check_password(given.get("password", "")):
        errors = {"password": ["This is not your password."]}
        raise ApiProblem(400, "not_confirmed", "Nothing was deleted.", errors=errors)


def _account_json(user: User) -> dict[str, Any]:
    facts = account_json(user)
    names = ("username", "email", "roles", "may_teach", "may_teach_decided_at", "joined_at")
    return {**{name: facts[name] for name in names}, "metrics": _statistics_json(user.pk)}


def _statistics_json(owner_id: int) -> dict[str, Any]:
    figures = compute_user_stats(owner_id)
    body = asdict(figures)
    body["accuracy"] = figures.accuracy
    body["predictions"] = _format_digit_statistics(body["predictions"])
    body["by_label"] = _format_digit_statistics(body["by_label"])
    for label in body["by_label"].values():
        label["predicted_as"] = _format_digit_statistics(label["predicted_as"])
    return body


def _format_digit_statistics(counted: dict[int, Any]) -> dict[str, Any]:
    return {str(protocol.label_json(value)): item for value, item in counted.items()}
