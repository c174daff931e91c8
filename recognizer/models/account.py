"""People, what they agreed to, their programs' tokens, and how far their changes have come."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F


class User(AbstractUser):
    """Somebody who draws. `teaches` is their answer to "my drawings may teach the network"."""

    may_teach = models.BooleanField(default=False)
    may_teach_decided_at = models.DateTimeField(null=True, blank=True)
    split = models.CharField(max_length=8, blank=True)  # Split, given once and for good

    @property
    def is_admin(self) -> bool:
        return self.is_superuser or "admin" in self.roles

    @property
    def is_reviewer(self) -> bool:
        return self.is_admin or "reviewer" in self.roles

    @property
    def roles(self) -> frozenset[str]:
        """Names of the groups this person is in; asked of the database once for each instance."""
        found: frozenset[str] | None = self.__dict__.get("_roles")
        if found is None:
            found = frozenset(self.groups.values_list("name", flat=True))
            self.__dict__["_roles"] = found
        return found


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is kept; the key itself is shown once."""

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
    """How far one person's stored changes have come.

    Every change to a drawing takes the next cursor in its own transaction. The row stays locked
    until that commits, so for one person cursors become visible in their order, and a client that
    asks for what came after its last one misses nothing. Everything at or below `forgotten` may
    have been erased: a client that was last here before cannot be brought level by changes alone.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="feed")
    cursor = models.BigIntegerField(default=0)
    erased_up_to = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.cursor}"

    @staticmethod
    def advance(user_id: int) -> int:
        """The next cursor of this person; call it inside the transaction that makes the change,
        before any row of theirs is touched (that order keeps two writers from a deadlock)."""
        Feed.objects.bulk_create([Feed(user_id=user_id)], ignore_conflicts=True)
        Feed.objects.filter(user_id=user_id).update(cursor=F("cursor") + 1)
        return Feed.objects.get(user_id=user_id).cursor
