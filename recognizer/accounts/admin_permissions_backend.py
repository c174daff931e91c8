"""Django permissions of roles: an admin has all of them, other users none."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from recognizer.models import User


class AdminPermissionsBackend(BaseBackend):
    """Grants Django permissions to admins; it does not authenticate."""

    def has_perm(
        self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Model | None = None
    ) -> bool:
        return isinstance(user_obj, User) and user_obj.is_active and user_obj.is_admin

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)
