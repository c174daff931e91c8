"""Users, API tokens, and the feed of a user's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.auth.models import UserManager as BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from recognizer.accounts.username_rules import (
    MAX_KEY_LENGTH,
    MAX_USERNAME_LENGTH,
    username_key,
    validate_username,
)

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField

USERNAME_TAKEN = "A user with that username already exists."


class UsernameKeyField(CharField):
    """The key of the username, computed whenever a row is stored."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = username_key(model_instance.username)  # type: ignore[attr-defined]  # a User
        setattr(model_instance, self.attname, key)
        return key


class UserManager(BaseUserManager["User"]):
    """Django's manager; a superuser is a user with the admin role and a valid name."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username_key=username_key(username or ""))

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> User:
        """Create an admin. Raises ValidationError if the name is invalid."""
        validate_username(username)
        user = super().create_superuser(username, email, password, **fields)
        user.groups.add(Group.objects.get_or_create(name="admin")[0])
        return user


class User(AbstractUser):
    """A user of the site. `may_teach` is the consent to train models with their drawings.

    A guest (`recognizer.accounts.guests`) has no password and never lets drawings train models.

    `username_key` makes names unique without regard to case, width and composed letters, on every
    database.

    While `reviews_suspended_at` is set, the user is no reviewer and their review labels do not
    count (`recognizer.review.reviewers.reviewer_suspension`).
    """

    username = models.CharField(
        max_length=MAX_USERNAME_LENGTH,
        unique=True,
        validators=[validate_username],
        error_messages={"unique": USERNAME_TAKEN},
    )
    username_key = UsernameKeyField(max_length=MAX_KEY_LENGTH, unique=True, editable=False)
    is_guest = models.BooleanField(default=False, editable=False)
    may_teach = models.BooleanField(default=False)
    may_teach_decided_at = models.DateTimeField(null=True, blank=True)
    seen_promotion = models.BigIntegerField(default=0, editable=False)  # newest Promotion.id
    must_change_password = models.BooleanField(default=False, editable=False)
    session_version = models.PositiveIntegerField(default=0, editable=False)
    split = models.CharField(max_length=8, blank=True)  # Split; assigned once, never changed
    keeps_tokens = False
    """Set before `save` by the page that changes the password: the API tokens remain valid."""

    @property
    def has_unsaved_password(self) -> bool:
        """Return whether `set_password` was called since the last `save`, and the hash is new."""
        return self._password is not None

    reviews_suspended_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~Q(is_guest=True, may_teach=True), name="guests_never_teach"
            )
        ]
        indexes = [
            models.Index(fields=["date_joined"], name="guest_age", condition=Q(is_guest=True))
        ]

    def set_unusable_password(self) -> None:
        """Remove the password. `_password` marks it as changed, as in `set_password`."""
        super().set_unusable_password()
        self._password = self.password

    def clean(self) -> None:
        super().clean()
        if not self.username:  # a form has refused it already
            return
        same_name = User.objects.filter(username_key=username_key(self.username))
        if same_name.exclude(pk=self.pk).exists():
            raise ValidationError({"username": ValidationError(USERNAME_TAKEN, code="unique")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields is not None and "username" in fields:
            kwargs["update_fields"] = {*fields, "username_key"}
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Include `session_version`, so that a change of the second factor ends sessions, too."""
        value = f"{self.session_version}:{self.password}"
        salt = "recognizer.session_auth_hash"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    objects: ClassVar[UserManager] = UserManager()

    @property
    def public_name(self) -> str:
        """Return the name for pages and messages. Guests have none: their username is internal."""
        return "" if self.is_guest else self.username

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_reviewer(self) -> bool:
        has_role = self.is_admin or "reviewer" in self.roles
        return has_role and self.reviews_suspended_at is None

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles in effect: the granted ones, unless they need a second factor."""
        return self.granted_roles - self.roles_without_second_factor

    @cached_property
    def granted_roles(self) -> frozenset[str]:
        """Return the names of the user's groups. Guests have no roles."""
        if self.is_guest:
            return frozenset()
        return frozenset(self.groups.values_list("name", flat=True))

    @cached_property
    def roles_without_second_factor(self) -> frozenset[str]:
        """Return the granted roles that need a second factor, if the user has none."""
        needy = self.granted_roles.intersection(settings.MFA_REQUIRED_ROLES)
        factors = self.authenticator_set.exclude(type="recovery_codes")  # type: ignore[attr-defined]
        return frozenset() if not needy or factors.exists() else needy

    def forget_roles(self) -> None:
        """Forget the cached roles, after a change."""
        for name in ("granted_roles", "roles_without_second_factor"):
            self.__dict__.pop(name, None)


class ApiToken(models.Model):
    """An API token. Only its SHA-256 is stored; the key itself is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    key_sha256 = models.CharField(max_length=64, unique=True)
    key_start = models.CharField(max_length=8)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.key_start}…)"


class Feed(models.Model):
    """The cursor of the newest change of a user's drawings.

    Each change takes the next cursor in its own transaction. The row stays locked until the commit,
    so the cursors of a user become visible in order, and a client that resumes after its last
    cursor misses nothing. Changes up to `erased_up_to` may be erased: a client that resumes before
    it has to reload its lists.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="feed")
    cursor = models.BigIntegerField(default=0)
    erased_up_to = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.cursor}"

    @staticmethod
    def advance(user_id: int, count: int = 1) -> int:
        """Take the next `count` cursors of a user and return the last one.

        Call it inside the transaction of the change, before locking any drawing of the user: the
        common order prevents deadlocks.
        """
        Feed.objects.bulk_create([Feed(user_id=user_id)], ignore_conflicts=True)
        Feed.objects.filter(user_id=user_id).update(cursor=F("cursor") + count)
        return Feed.objects.get(user_id=user_id).cursor
