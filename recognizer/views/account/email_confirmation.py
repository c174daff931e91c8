"""Confirmation of an e-mail address by its link."""

from typing import Any

from allauth.account.views import ConfirmEmailView
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404


class OwnerConfirmEmailView(LoginRequiredMixin, ConfirmEmailView):  # type: ignore[misc]  # no types
    """Confirm an address of the signed-in user only.

    A stranger can enter an address of another user, who receives the link and follows it. The
    account of the stranger would then hold this address, and resets of the password with it.
    """

    def get_object(self, queryset: Any = None) -> Any:
        confirmation = super().get_object(queryset)
        if confirmation.email_address.user_id != self.request.user.pk:
            raise Http404
        return confirmation
