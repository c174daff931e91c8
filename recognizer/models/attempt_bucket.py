"""Counters of attempts, for the limits on passwords and sign-ups."""

from django.db import models


class AttemptBucket(models.Model):
    """The attempts of one key (a hash). `empty_at` is when all of them will have expired.

    The time is in seconds since the epoch. Each attempt moves it by the interval of its limit.
    """

    key = models.CharField(max_length=64, primary_key=True)
    empty_at = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return self.key
