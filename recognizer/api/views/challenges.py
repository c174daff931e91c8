"""Challenges: start, state, and drawings. Only for sessions: programs do not play."""

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import protocol
from recognizer.api.authentication import SessionAuthentication, get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import InkField, RequestSerializer
from recognizer.challenge.api_payloads import ChallengePayload, challenge_json
from recognizer.challenge.challenges import complete_prompt, get_challenge, start_challenge
from recognizer.middleware.parallel_requests import free_place
from recognizer.middleware.request_budget import paid_by, payer_of
from recognizer.permission_checked_lookups import NotFound


class CompletionRequestSerializer(RequestSerializer):
    strokes = InkField(allow_null=True, help_text="Null skips the prompt.")
    pointer = serializers.ChoiceField(protocol.POINTER_TYPES, required=False)


class ChallengeListView(ApiView):
    authentication_classes = [SessionAuthentication]

    @extend_schema(
        operation_id="challenges_create", request=None, responses={201: ChallengePayload}
    )
    def post(self, request: Request) -> Response:
        """Start a challenge. An open challenge of the user is abandoned."""
        return Response(challenge_json(start_challenge(get_request_user(request))), 201)


class ChallengeView(ApiView):
    authentication_classes = [SessionAuthentication]

    @extend_schema(operation_id="challenges_retrieve", responses={200: ChallengePayload})
    def get(self, request: Request, id: str) -> Response:
        """A challenge: its current prompt and the results of the earlier ones."""
        return Response(challenge_json(get_challenge(get_request_user(request), id)))


class ChallengePromptView(ApiView):
    authentication_classes = [SessionAuthentication]

    @extend_schema(
        operation_id="challenges_complete",
        request=CompletionRequestSerializer,
        responses={200: ChallengePayload},
    )
    def post(self, request: Request, id: str, position: str) -> Response:
        """Store the drawing of the current prompt, or skip it. Each prompt takes one drawing."""
        body = parse_body(request, CompletionRequestSerializer)
        challenge = complete_prompt(
            user=get_request_user(request),
            challenge_id=id,
            position=_parse_position(position),
            ink=body["strokes"],
            pointer=body.get("pointer", ""),
            payer=payer_of(request._request),
            paid=paid_by(request._request),
            before_wait=partial(free_place, request._request),
        )
        return Response(challenge_json(challenge))


def _parse_position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise NotFound("This challenge has no such prompt.")
    return int(text)
