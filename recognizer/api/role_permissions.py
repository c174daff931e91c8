"""Role checks of the API views; requests without the role get 403, even for missing objects."""

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer.models import User


class IsReviewer(BasePermission):
    """Allows reviewers. Use `permission_classes = REVIEWER_PERMISSIONS`."""

    message = "Only reviewers may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_reviewer


class IsAdmin(BasePermission):
    """Allows admins. Use `permission_classes = ADMIN_PERMISSIONS`."""

    message = "Only admins may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_admin


REVIEWER_PERMISSIONS = [IsAuthenticated, IsReviewer]
ADMIN_PERMISSIONS = [IsAuthenticated, IsAdmin]
