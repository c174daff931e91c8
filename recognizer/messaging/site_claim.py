"""The check that no other site uses our names in Redis.

A copy of a database has the same site id. While a site runs, a key in Redis holds the signed
fingerprint of its database; the maintenance process renews it. A process with another database or
another SECRET_KEY does not start: it would take the tasks of the site without being able to read
them.
"""

from __future__ import annotations

import logging
import time

import redis
from django.db import InterfaceError, OperationalError, connection

from recognizer.base_errors import DomainError
from recognizer.db.database_fingerprint import read_database_fingerprint
from recognizer.messaging.message_signing import (
    InvalidSignature,
    read_signed_text,
    sign_text,
)
from recognizer.messaging.redis_client import connect_redis, list_servers
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import SiteIdentity
from recognizer.models.site_identity import new_identifier

log = logging.getLogger(__name__)

CLAIM_TTL_S = 60
CLAIM_INTERVAL_S = 15.0
RETRY_INTERVAL_S = 1.0


OTHER_DATABASE = (
    "Another site with the same site id, but another database, uses this Redis (REDIS_URL,"
    " QUEUE_URL or LAYER_URL)."
    f" If that site has ended, wait {CLAIM_TTL_S} seconds and start again. If this database"
    " is a copy of its database, run: python manage.py after_restore --as-new-site"
)
OTHER_SECRET_KEY = (
    "The other processes of this site have another SECRET_KEY. All processes need the same one."
    f" To change it, stop all of them for {CLAIM_TTL_S} seconds."
)


class RedisInUse(DomainError):
    """A process with another database or SECRET_KEY uses the same names in the same Redis."""

    code = "unavailable"
    status = 503


def claim_redis() -> None:
    """Mark the names of this site in Redis as used by this database. Raises RedisInUse.

    Does nothing while Redis is unavailable. Starts a new feed epoch in a restored database.
    """
    fingerprint = read_database_fingerprint()
    _note_database(fingerprint)
    for use in list_servers():
        try:
            with connect_redis(use=use, decode=True) as client:
                _claim_server(client, fingerprint)
        except redis.RedisError as error:
            log.warning("Cannot check whether another site uses this Redis: %r", error)


def _claim_server(client: redis.Redis, fingerprint: str) -> None:
    key = redis_key("database")
    claim = sign_text(fingerprint, purpose="claim")
    if not client.set(key, claim, nx=True, ex=CLAIM_TTL_S):
        _check_claim(str(client.get(key)), fingerprint)
        client.expire(key, CLAIM_TTL_S)


def _check_claim(claim: str, fingerprint: str) -> None:
    try:
        if read_signed_text(claim, purpose="claim") != fingerprint:
            raise RedisInUse(OTHER_DATABASE)
    except InvalidSignature:
        raise RedisInUse(OTHER_SECRET_KEY) from None


def join_site() -> None:
    """Call `claim_redis` as soon as the database responds. Raises RedisInUse."""
    while True:
        try:
            claim_redis()
        except (OperationalError, InterfaceError) as error:
            log.warning("The database is unavailable: %s", error)
            connection.close()
            time.sleep(RETRY_INTERVAL_S)
        else:
            return


def start_feed_epoch(*, as_new_site: bool = False) -> None:
    """Make all clients reload their lists, after a restore of the database.

    `as_new_site` also gives the site new names in Redis; its processes must be stopped.
    """
    site = SiteIdentity.load()
    site.feed_epoch = new_identifier()
    if as_new_site:
        site.site_id = new_identifier()
    site.save()


def _note_database(fingerprint: str) -> None:
    """Start a new feed epoch if the row comes from another database, by compare-and-set."""
    site = SiteIdentity.load()
    if site.database == fingerprint:
        return
    changes = {"feed_epoch": new_identifier()} if site.database else {}
    same = SiteIdentity.objects.filter(pk=site.pk, database=site.database)
    if same.update(database=fingerprint, **changes) and changes:
        log.warning("The database was restored or moved: clients reload their lists")
