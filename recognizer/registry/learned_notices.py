"""Notices to users: the new champion was trained on their drawings."""

from dataclasses import dataclass

from recognizer.models import ModelVersion, Promotion, Snapshot, SnapshotItem, Split, User


@dataclass(frozen=True, slots=True)
class LearnedNotice:
    """`num_drawings` drawings of the user are in the training set of the champion."""

    model: ModelVersion
    num_drawings: int


def take_learned_notice(user: User) -> LearnedNotice | None:
    """Return the notice of the newest promotion, once for each user, or None.

    Drawings of the base model's training set do not count: that model had its own notice.
    """
    newest = Promotion.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None or user.seen_promotion >= newest:
        return None
    unseen = User.objects.filter(pk=user.pk, seen_promotion__lt=newest)
    if not unseen.update(seen_promotion=newest):  # another tab has the notice
        return None
    model = ModelVersion.objects.defer("card").get(promotions=newest)
    num_drawings = _count_drawings(user, model)
    return LearnedNotice(model, num_drawings) if num_drawings else None


def _count_drawings(user: User, model: ModelVersion) -> int:
    snapshots = Snapshot.objects.filter(runs__model=model, is_imported=False)
    items = SnapshotItem.objects.in_snapshots(*snapshots).filter(split=Split.TRAINING)
    return items.filter(drawing__owner=user).values("sort_key").distinct().count()
