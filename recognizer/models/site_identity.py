"""The identity of the site, in a table with one row."""

from __future__ import annotations

from uuid import uuid4

from django.db import models


def new_identifier() -> str:
    return uuid4().hex


class SiteIdentity(models.Model):
    """The data on which all processes of a site agree.

    `site_id` is part of all names of the site in Redis. `feed_epoch` changes if the database is
    restored from a backup: cursors of another epoch do not count. `database` is the fingerprint of
    the database that the row was last used in, so that a restored copy is noticed.
    """

    site_id = models.CharField(max_length=32, default=new_identifier)
    feed_epoch = models.CharField(max_length=32, default=new_identifier)
    database = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.site_id

    @staticmethod
    def load() -> SiteIdentity:
        """Return the row. The first call creates it."""
        return SiteIdentity.objects.get_or_create(pk=1)[0]
