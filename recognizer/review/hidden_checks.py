"""Hidden checks of reviewers: drawings whose label others have given, or that is certain.

Reviewers must not recognize them. So a keyed hash chooses them, and outside of the review queue
they look like drawings without a label.
"""

import hashlib
import hmac
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from recognizer.models import Label, LabelKind, User

CHECK_FRACTION = 0.03
"""Fraction of drawings that up to three reviewers label. If they agree, it becomes gold."""


def is_check_drawing(drawing_id: UUID) -> bool:
    """Return whether the drawing is a hidden check once it has a ground truth."""
    return keyed_random(drawing_id, "check") < CHECK_FRACTION


def hidden_from(user: User, prefix: str = "") -> Q:
    """Match the drawings whose ground truth the user must not see.

    These are gold drawings, hidden checks and drawings that wait for another reviewer, until the
    user has labelled them. Admins may see all. `prefix` is the path to the drawing, such as
    "drawing__".
    """
    if user.is_admin:
        return Q(pk__in=[])
    ground_truth = f"{prefix}ground_truth__"
    own_labels = Label.objects.filter(
        author=user,
        kind__in=[LabelKind.REVIEW, LabelKind.GOLD],
        drawing=OuterRef(f"{prefix}pk"),
        revision=OuterRef(f"{prefix}revision"),
        value__isnull=False,
        undone_by=None,
    )
    is_check = (
        Q(**{f"{prefix}gold_drawing__isnull": False})
        | Q(**{f"{ground_truth}is_check": True})
        | Q(**{f"{ground_truth}num_agreeing__lt": F(f"{ground_truth}num_required")})
    )
    return is_check & ~Q(Exists(own_labels))


def keyed_random(id: UUID, purpose: str) -> float:
    """Return a number from 0 to 1 that is fixed for one drawing and purpose. It cannot be computed
    without SECRET_KEY."""
    digest = hmac.digest(_derive_key(settings.SECRET_KEY, purpose), id.hex.encode(), "sha256")
    return int.from_bytes(digest[:8]) / 2**64


@lru_cache
def _derive_key(secret_key: str, purpose: str) -> bytes:
    """Return the key of Django's `salted_hmac`, which would derive it for each drawing."""
    return hashlib.sha256(f"recognizer.review.{purpose}{secret_key}".encode()).digest()
