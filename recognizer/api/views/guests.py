"""Creation of a guest by the drawing page."""

from typing import TypedDict

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.accounts.guests import create_guest
from recognizer.accounts.sign_in.sign_in_limits import count_new_guest
from recognizer.api.authentication import SessionAuthentication
from recognizer.api.base_view import ApiView
from recognizer.api.problem_details import ApiProblem
from recognizer.models import User


class PageUserPayload(TypedDict):
    id: int
    username: str


class GuestView(ApiView):
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="guests_create",
        request=None,
        responses={200: PageUserPayload, 201: PageUserPayload},
    )
    def post(self, request: Request) -> Response:
        """Create a guest and its session, for the first drawing of an anonymous page.

        200 with the user of the session if there is one already. The request needs a CSRF token.
        """
        if isinstance(request.user, User):
            return Response(_user_json(request.user))
        SessionAuthentication().enforce_csrf(request)  # DRF checks requests of users only
        if not settings.GUESTS:
            raise ApiProblem(403, "guests_disabled", "Sign in to draw.")
        count_new_guest(request._request)
        return Response(_user_json(_sign_in_guest(request._request)), 201)


def _sign_in_guest(request: HttpRequest) -> User:
    guest = create_guest()
    login(request, guest, settings.AUTHENTICATION_BACKENDS[0])  # with a new session key
    UserSession.objects.create_from_request(request)  # ends with the guest
    return guest


def _user_json(user: User) -> PageUserPayload:
    return {"id": user.pk, "username": user.public_name}
