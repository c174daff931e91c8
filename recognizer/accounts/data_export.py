"""All data of a user as a zip. It is written while it is sent, one page of rows at a time."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, TypedDict
from uuid import UUID

import orjson
from allauth.socialaccount.models import SocialAccount
from django.core.files.storage import default_storage
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from recognizer import protocol, rate_limits
from recognizer.audit.events import record_event
from recognizer.db.connection_release import release_connection
from recognizer.drawings.prediction_and_label_history import history_json, shown_predictions
from recognizer.drawings.raster_png import encode_png
from recognizer.models import AuditAction, AuditEvent, Drawing, Label, LabelKind, ModelVersion, User
from recognizer.protocol.drawing_json_payloads import Timestamp, drawing_state_json
from recognizer.streaming_download import CHUNK_SIZE_BYTES, StreamedZip, stream_download

ROW_BATCH_SIZE = 100  # of at most 100 KB of ink each
README_TEXT = """\
Your data on Digitsite.

account.json     the data of your account, with the results of your challenges
drawings.jsonl   one drawing per line: strokes [x, y, milliseconds, pressure], all predictions,
                 and all labels that you gave
reviews.jsonl    one line for each of your reviews of drawings of other users
rasters/         for each drawing the 28x28 image that the model received
pictures/        the pictures that you uploaded
"""


def export_account(user: User) -> Iterator[bytes]:
    """Yield the zip in pieces. Rows are read page by page; no transaction stays open."""
    with StreamedZip() as archive:
        archive.writestr("README.txt", README_TEXT)
        archive.writestr("account.json", json.dumps(_exported_account(user), indent=2))
        for _ in _write_drawings(archive, user):
            yield archive.take()
        for _ in _write_reviews(archive, user):
            yield archive.take()
        for _ in _write_images(archive, user):
            yield archive.take()
    yield archive.take()


def download_account(request: HttpRequest, user: User) -> StreamingHttpResponse:
    """Return the response that streams the zip. Raises RateLimited."""
    rate_limits.consume_export(user.pk)
    record_event(AuditAction.DATA_EXPORTED, actor=user, target=user)
    chunks = export_account(user)
    return stream_download(request, chunks, name="digitsite.zip", media_type="application/zip")


class UserPayload(TypedDict):
    username: str
    email: str
    roles: list[str]
    may_teach: bool
    may_teach_decided_at: Timestamp | None
    joined_at: Timestamp


def account_json(user: User) -> UserPayload:
    """Return the data of an account, without tokens and secrets."""
    decided = user.may_teach_decided_at
    return {
        "username": user.username,
        "email": user.email,
        "roles": sorted(user.roles),
        "may_teach": user.may_teach,
        "may_teach_decided_at": decided.isoformat() if decided else None,
        "joined_at": user.date_joined.isoformat(),
    }


def _exported_account(user: User) -> dict[str, Any]:
    return {
        **account_json(user),
        "exported_at": timezone.now().isoformat(),
        "tokens": [
            {
                "name": token.name,
                "created_at": token.created_at.isoformat(),
                "expires_at": token.expires_at and token.expires_at.isoformat(),
                "last_used_at": token.last_used_at and token.last_used_at.isoformat(),
            }
            for token in user.api_tokens.all()
        ],
        "provider_accounts": [
            {"id": account.uid, "connected_at": account.date_joined.isoformat()}
            for account in SocialAccount.objects.filter(user=user).order_by("pk")
        ],
        "audit_events": [
            {
                "created_at": event.created_at.isoformat(),
                "action": event.action,
                "object": event.object,
                "address": event.address if event.actor_id == user.pk else None,
            }
            for event in AuditEvent.objects.filter(Q(actor=user) | Q(target=user)).order_by("pk")
        ],
        "nickname": getattr(getattr(user, "challenge_nickname", None), "nickname", None),
        "challenges": [
            {
                "created_at": challenge.created_at.isoformat(),
                "recognized": challenge.num_recognized,
                "duration_ms": challenge.duration_ms,
            }
            for challenge in user.challenges.order_by("created_at")
        ],
    }


def _write_drawings(archive: zipfile.ZipFile, user: User) -> Iterator[None]:
    with archive.open(_zip_entry("drawings.jsonl"), "w", force_zip64=True) as lines:
        for page in _drawing_pages(_drawings_with_history(user)):
            for drawing in page:
                lines.write(_drawing_line(drawing))
            yield


def _write_reviews(archive: zipfile.ZipFile, user: User) -> Iterator[None]:
    with archive.open(_zip_entry("reviews.jsonl"), "w", force_zip64=True) as lines:
        last = 0
        reviews = user.labels.exclude(drawing__owner=user).order_by("pk")
        while page := list(reviews.filter(pk__gt=last)[:ROW_BATCH_SIZE]):
            release_connection()
            for review in page:
                lines.write(json.dumps(_review_line(review)).encode() + b"\n")
            last = page[-1].pk
            yield


def _write_images(archive: zipfile.ZipFile, user: User) -> Iterator[None]:
    columns = ("created_at", "pk", "picture", "prediction__raster")
    rows: QuerySet[Drawing, Any] = user.drawings.values_list(*columns, named=True)
    for page in _drawing_pages(rows):
        for _, drawing_id, picture, raster in page:
            if raster:
                png = encode_png(bytes(raster))
                archive.writestr(f"rasters/{drawing_id}.png", png, zipfile.ZIP_STORED)
            if picture:
                yield from _write_upload(archive, drawing_id, picture)
        yield


def _write_upload(archive: zipfile.ZipFile, drawing_id: UUID, stored: str) -> Iterator[None]:
    try:
        source = default_storage.open(stored)
    except FileNotFoundError:
        return
    name = f"pictures/{drawing_id}{PurePosixPath(stored).suffix}"
    with source, archive.open(_zip_entry(name), "w") as target:
        while piece := source.read(CHUNK_SIZE_BYTES):
            target.write(piece)
            yield


def _zip_entry(name: str) -> zipfile.ZipInfo:
    """Return an entry dated now; zipfile dates streamed entries to 1980."""
    entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _drawings_with_history(user: User) -> QuerySet[Drawing]:
    """Return the drawings with their predictions and claims. Each model is loaded once per page,
    and the prediction of a drawing is one of its predictions."""
    models = Prefetch("model", ModelVersion.objects.defer("card"))
    shown = shown_predictions().select_related(None).defer("raster").prefetch_related(models)
    claims = Label.objects.filter(kind=LabelKind.CLAIM)
    return user.drawings.select_related("ground_truth").prefetch_related(
        Prefetch("predictions", shown, to_attr="shown_predictions"),
        Prefetch("labels", claims, to_attr="claims"),
    )


def _drawing_pages(drawings: QuerySet[Drawing, Any]) -> Iterator[list[Any]]:
    """Yield pages of the user's drawings, oldest first, including those in the trash."""
    last: Any = None
    while page := list(_drawings_after(drawings, last)):
        release_connection()  # a slow download holds no connection
        yield page
        last = page[-1]


def _drawings_after(drawings: QuerySet[Drawing, Any], last: Any) -> QuerySet[Drawing, Any]:
    """Return the page after a drawing, a range of the index drawing_by_owner."""
    drawings = drawings.order_by("created_at", "id")
    if last is not None:
        later = Q(created_at__gt=last.created_at) | Q(id__gt=last.pk)
        drawings = drawings.filter(later, created_at__gte=last.created_at)
    return drawings[:ROW_BATCH_SIZE]


def _review_line(review: Label) -> dict[str, Any]:
    """Return the JSON of a review, without owner and ink. A gold drawing looks like any other, and
    a review item is not linked to its drawing."""
    kind = LabelKind.REVIEW if review.kind == LabelKind.GOLD else review.kind
    return {
        "drawing": None if review.item else str(review.drawing_id),
        "item": str(review.item) if review.item else None,
        "revision": review.revision,
        "kind": kind,
        "value": protocol.label_json(review.value),
        "created_at": review.created_at.isoformat(),
    }


def _drawing_line(drawing: Any) -> bytes:
    """Return the JSON of a drawing of `_drawings_with_history` and a line feed. Its ink is JSON
    already; parsing it would delay other users."""
    for prediction in drawing.shown_predictions:
        if prediction.pk == drawing.prediction_id:
            drawing.prediction = prediction
    deleted = drawing.deleted_at
    values = orjson.dumps(
        {
            **drawing_state_json(drawing),
            "pointer": drawing.pointer,
            "deleted_at": deleted and deleted.isoformat(),
            **history_json(drawing.shown_predictions, drawing.claims),
        }
    )
    return b'{"strokes": %b, %b\n' % (drawing.ink.encode() or b"null", values[1:])
