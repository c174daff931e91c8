"""Roles at the door of the interface: who lacks one hears 403, whatever is asked for."""

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer.models import User


class IsReviewer(BasePermission):
    """Use with IsAuthenticated before it: `permission_classes = REVIEWERS`."""

    message = "Only reviewers may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_reviewer


class IsAdmin(BasePermission):
    """Use with IsAuthenticated before it: `permission_classes = ADMINS`."""

    message = "Only admins may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_admin


REVIEWER_PERMISSIONS = [IsAuthenticated, IsReviewer]
ADMIN_PERMISSIONS = [IsAuthenticated, IsAdmin]
