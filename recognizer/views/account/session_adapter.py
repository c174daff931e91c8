"""allauth adapter of the list of sessions."""

from collections.abc import Iterable

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession

from recognizer.accounts.sign_in.session_revocation import end_session


class UserSessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]  # no types
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """End sessions and close their sockets."""
        for session in sessions:
            end_session(session=session)
