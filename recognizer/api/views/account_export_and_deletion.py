"""The user's account: read, export, delete."""

from typing import Annotated, TypedDict, TypeVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import protocol
from recognizer.accounts.data_export import UserPayload, account_json, download_account
from recognizer.accounts.deletion import delete_account
from recognizer.accounts.sign_in.sign_in_limits import check_password
from recognizer.accounts.training_consent import store_first_consent
from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import AcceptAnyNegotiation, ApiView
from recognizer.api.problem_details import ApiProblem
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import RequestSerializer
from recognizer.drawings.user_accuracy_stats import UserStats, compute_user_stats
from recognizer.models import User


class DigitStatisticsPayload(TypedDict):
    labelled: int
    incorrect: int
    predicted_as: Annotated[dict[str, int], "Incorrect predictions, by predicted label."]


class StatisticsPayload(TypedDict):
    drawings: int
    predicted: Annotated[int, "Drawings with a prediction."]
    unsure: int
    labelled: Annotated[int, "Drawings with a claim and a prediction."]
    correct: int
    accuracy: Annotated[float | None, "Fraction of correct predictions of labelled drawings."]
    predictions: Annotated[dict[str, int], "Drawings by predicted label."]
    by_label: Annotated[dict[str, DigitStatisticsPayload], "Statistics by claim."]


class AccountPayload(UserPayload):
    metrics: StatisticsPayload


Value = TypeVar("Value")


class DeleteAccountRequestSerializer(RequestSerializer):
    confirm = serializers.CharField(help_text="The username, as confirmation.")
    password = serializers.CharField(
        required=False, trim_whitespace=False, help_text="The password, if the account has one."
    )


class ConsentRequestSerializer(RequestSerializer):
    may_teach = serializers.BooleanField(
        help_text="Whether models may be trained with the user's drawings."
    )


class ExportAccountRequestSerializer(RequestSerializer):
    password = serializers.CharField(
        required=False,
        trim_whitespace=False,
        help_text="The password, if the account has one.",
    )


class AccountView(ApiView):
    @extend_schema(operation_id="me_retrieve", responses={200: AccountPayload})
    def get(self, request: Request) -> Response:
        """The user's account and statistics of their drawings."""
        return Response(_account_json(get_request_user(request)))

    @extend_schema(
        operation_id="me_partial_update",
        request=ConsentRequestSerializer,
        responses={200: AccountPayload},
    )
    def patch(self, request: Request) -> Response:
        """Store the first choice whether models may be trained with the user's drawings.

        409 `already_chosen` afterwards: later changes need the password (settings page).
        """
        user = get_request_user(request)
        body = parse_body(request, ConsentRequestSerializer)
        store_first_consent(user=user, may_teach=body["may_teach"])
        return Response(_account_json(user))

    @extend_schema(
        operation_id="me_destroy", request=DeleteAccountRequestSerializer, responses={204: None}
    )
    def delete(self, request: Request) -> Response:
        """Delete the account and erase all its drawings.

        `password` is required if the account has one.
        """
        body = parse_body(request, DeleteAccountRequestSerializer)
        _check_deletion_request(get_request_user(request), body)
        delete_account(user=get_request_user(request))
        return Response(status=204)


class DataExportView(ApiView):
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="me_export",
        request=ExportAccountRequestSerializer,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> StreamingHttpResponse:
        """All data of the user as a zip file.

        `password` is required if the account has one.
        """
        user = get_request_user(request)
        body = parse_body(request, ExportAccountRequestSerializer)
        _check_password(user, body, "Nothing was exported.")
        return download_account(request._request, user)


def _check_deletion_request(user: User, body: dict[str, str]) -> None:
    if body["confirm"] != user.username:
        errors = {"confirm": ["This is not your username."]}
        raise ApiProblem(400, "not_confirmed", "Nothing was deleted.", errors=errors)
    _check_password(user, body, "Nothing was deleted.")


def _check_password(user: User, body: dict[str, str], refusal: str) -> None:
    if user.has_usable_password() and not check_password(user, body.get("password", "")):
        errors = {"password": ["This is not your password."]}
        raise ApiProblem(400, "not_confirmed", refusal, errors=errors)


def _account_json(user: User) -> AccountPayload:
    return {**account_json(user), "metrics": _statistics_json(compute_user_stats(user.pk))}


def _statistics_json(stats: UserStats) -> StatisticsPayload:
    return {
        "drawings": stats.drawings,
        "predicted": stats.predicted,
        "unsure": stats.unsure,
        "labelled": stats.labelled,
        "correct": stats.correct,
        "accuracy": stats.accuracy,
        "predictions": _key_by_label(stats.predictions),
        "by_label": {
            name: {
                "labelled": label.labelled,
                "incorrect": label.incorrect,
                "predicted_as": _key_by_label(label.predicted_as),
            }
            for name, label in _key_by_label(stats.by_label).items()
        },
    }


def _key_by_label(values: dict[int, Value]) -> dict[str, Value]:
    return {str(protocol.label_json(label)): value for label, value in values.items()}
