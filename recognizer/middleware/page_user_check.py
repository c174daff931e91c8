"""Middleware that refuses requests of a page that belongs to another user."""

from django.http import HttpRequest, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from recognizer.api.problem_details import MEDIA_TYPE, build_problem

PAGE_USER_HEADER = "X-Page-User"


class PageUserMiddleware(MiddlewareMixin):
    """Compare the user that a page names in `X-Page-User` with the user of the session.

    All tabs of a browser share one session. After another user has signed in, the pages of the
    previous user would store and read drawings as the next one. Forms do not need the header:
    signing in changes the CSRF token. Signed-out requests get the usual response of the view.
    """

    def process_request(self, request: HttpRequest) -> JsonResponse | None:
        page_user = request.headers.get(PAGE_USER_HEADER)
        if page_user is None or not request.user.is_authenticated:
            return None
        if page_user == str(request.user.pk):
            return None
        name = request.user.public_name
        detail = (
            f"You are now signed in as {name}. Reload the page to continue as {name}."
            if name
            else "Another visitor now draws in this browser. Reload the page to continue."
        )
        problem = build_problem(status=409, code="other_user", detail=detail)
        return JsonResponse(problem, status=409, content_type=MEDIA_TYPE)
