"""Suspension of reviewers whose labels are significantly worse than those of the others.

A suspended user is no reviewer, and their review labels do not count. Drawings that lose their
ground truth return to the queue. An admin resolves the finding.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from recognizer.accounts.admin_email import email_admins
from recognizer.base_errors import DomainError
from recognizer.mail.links import site_link
from recognizer.models import (
    NOT_A_DIGIT_LABEL,
    Decision,
    GoldDrawing,
    Label,
    LabelKind,
    ReviewerFinding,
    User,
)
from recognizer.review.ground_truth import list_reviewed_drawings, rederive_ground_truth
from recognizer.review.reviewers.reviewer_error_rates import (
    ErrorFinding,
    ReviewedDrawing,
    find_unreliable,
)

log = logging.getLogger(__name__)

TESTED_CACHE_KEY = "reviewer_test"
MAX_COMPARED_LABELS = 20_000
"""Number of latest blind labels that one check reads."""
EMAIL_TEMPLATE = """\
{user} labelled {what} incorrectly in {incorrect} of {compared} comparisons with other reviewers and
gold drawings, most often as {labelled_as}. At most {expected:.0%} are expected (p = {p:.1g}).

The labels of {user} do not count until you decide. The drawings are reviewed again, and training
sets are built without them. The evidence:
{address}
"""


class CannotResolve(DomainError):
    """The finding is about the admin who resolves it, or is resolved already."""


def suspend_unreliable_reviewers() -> list[ReviewerFinding]:
    """Test all reviewers and suspend those that are found, one after the other: the labels of a
    suspended reviewer are no reference for the next test. Continues interrupted suspensions.

    Without a new label or decision since the last test, it is not repeated.
    """
    for interrupted in ReviewerFinding.objects.filter(is_rederived=False):
        _rederive_ground_truths(interrupted)
    evidence = _identify_evidence()
    if cache.get(TESTED_CACHE_KEY) == evidence:
        return []
    findings = []
    while (found := find_unreliable(load_reviewed_drawings())) is not None:
        finding = _suspend(found)
        if finding is None:  # another process was faster
            break
        findings.append(finding)
    if not findings:
        cache.set(TESTED_CACHE_KEY, evidence, timeout=None)
    return findings


def _identify_evidence() -> list[int]:
    """Return numbers that change with each label, gold drawing and decision of an admin."""
    newest = Label.objects.order_by("-pk").values_list("pk", flat=True).first()
    dismissed = ReviewerFinding.objects.filter(outcome=ReviewerFinding.Outcome.DISMISSED)
    golds = GoldDrawing.objects.filter(suspended_at=None)
    return [newest or 0, golds.count(), dismissed.count()]


def load_reviewed_drawings() -> list[ReviewedDrawing]:
    """Return the drawings that reviewers labelled from the queue, with the latest label of each who
    is not suspended, by descending time.

    The latest label is also compared if it is a bulk label: otherwise a reviewer could undo the
    label of an item and give it again, unnoticed. Labels from before the dismissal of a finding
    count no more.
    """
    columns = (
        "drawing_id",
        "author_id",
        "value",
        "created_at",
        "revision",
        "drawing__claim",
        "drawing__prediction__digit",
        "drawing__prediction__decision",
    )
    dismissed = _load_dismissal_times()
    found: dict[UUID, ReviewedDrawing] = {}
    gold = _load_gold_values()
    for row in _compared_labels().values_list(*columns)[:MAX_COMPARED_LABELS]:
        drawing_id, author_id, value, created_at, revision, claim, digit, decision = row
        if author_id in dismissed and created_at <= dismissed[author_id]:
            continue
        drawing = found.setdefault(
            drawing_id,
            ReviewedDrawing(
                id=drawing_id,
                claim=claim,
                predicted=_confident_label(digit, decision),
                gold=gold.get((drawing_id, revision)),
            ),
        )
        drawing.labels.setdefault(author_id, value)
    return list(found.values())


def _compared_labels() -> QuerySet[Label]:
    """Return the labels that count now, by users who have labelled the drawing in the queue."""
    from_queue = Label.objects.filter(
        author=OuterRef("author"),
        drawing=OuterRef("drawing"),
        revision=OuterRef("revision"),
        item__isnull=False,
        value__isnull=False,
    )
    return Label.objects.filter(
        Exists(from_queue),
        kind__in=[LabelKind.REVIEW, LabelKind.GOLD],
        value__isnull=False,
        undone_by=None,
        revision=F("drawing__revision"),
        author__isnull=False,
        author__reviews_suspended_at=None,
    ).order_by("-id")


def resolve_finding(finding: ReviewerFinding, *, by: User, outcome: str) -> None:
    """Confirm a finding, or dismiss it: the labels of the reviewer then count again.

    Raises CannotResolve.
    """
    if finding.user_id == by.pk:
        raise CannotResolve("Another admin must decide about your labels.")
    _rederive_ground_truths(finding)
    now = timezone.now()
    resolvable = Q(resolved_at=None)
    if outcome == ReviewerFinding.Outcome.DISMISSED:
        resolvable |= Q(outcome=ReviewerFinding.Outcome.CONFIRMED)
    with transaction.atomic():
        findings = ReviewerFinding.objects.filter(resolvable, pk=finding.pk)
        if not findings.update(resolved_at=now, resolved_by=by, outcome=outcome):
            raise CannotResolve("This finding is resolved already.")
        if outcome == ReviewerFinding.Outcome.DISMISSED and finding.user is not None:
            User.objects.filter(pk=finding.user.pk).update(reviews_suspended_at=None)
            findings = ReviewerFinding.objects.filter(pk=finding.pk)
            findings.update(is_rederived=False, rederived_to=None)
    finding.refresh_from_db()
    _rederive_ground_truths(finding)


def _suspend(found: ErrorFinding) -> ReviewerFinding | None:
    """Suspend a reviewer and inform the admins. Returns None if they are suspended already."""
    with transaction.atomic():
        users = User.objects.filter(pk=found.user_id, reviews_suspended_at=None)
        if not users.update(reviews_suspended_at=timezone.now()):
            return None
        finding = ReviewerFinding.objects.create(
            user_id=found.user_id,
            digit=found.digit,
            labelled_as=found.labelled_as,
            num_incorrect=found.num_incorrect,
            num_compared=found.num_compared,
            expected_rate=found.expected_rate,
            p_value=found.p_value,
            drawing_ids=[str(id) for id in found.examples],
        )
        _notify_admins(finding)
    log.warning("Suspended the reviews of a user: %s", finding)
    _rederive_ground_truths(finding)
    return finding


def _rederive_ground_truths(finding: ReviewerFinding) -> None:
    """Derive the ground truths of the reviewer's drawings after a suspension or a dismissal.

    The transaction of each drawing stores the progress. So an interrupted process can be continued,
    and of two concurrent ones only one changes the statistics of a drawing.
    """
    if finding.is_rederived or finding.user is None:
        return
    was_trusted = finding.outcome != ReviewerFinding.Outcome.DISMISSED
    rows = ReviewerFinding.objects.filter(pk=finding.pk, outcome=finding.outcome)
    for drawing_id, owner_id in list_reviewed_drawings(finding.user):
        with transaction.atomic():
            is_next = Q(rederived_to=None) | Q(rederived_to__lt=drawing_id)
            if rows.filter(is_next).update(rederived_to=drawing_id):
                rederive_ground_truth(
                    drawing_id, owner_id, user=finding.user, was_trusted=was_trusted
                )
    rows.update(is_rederived=True)


def _notify_admins(finding: ReviewerFinding) -> None:
    text = EMAIL_TEMPLATE.format(
        user=finding.user,
        what="drawings" if finding.digit is None else f"drawings of {_format_label(finding.digit)}",
        incorrect=finding.num_incorrect,
        compared=finding.num_compared,
        labelled_as=_format_label(finding.labelled_as),
        expected=finding.expected_rate,
        p=finding.p_value,
        address=site_link(f"/admin/recognizer/reviewerfinding/{finding.pk}/change/"),
    )
    email_admins("Digitsite: a reviewer's labels were set aside", text)


def _load_dismissal_times() -> dict[int, datetime]:
    dismissed = ReviewerFinding.objects.filter(
        outcome=ReviewerFinding.Outcome.DISMISSED, resolved_at__isnull=False
    )
    times = dismissed.order_by("resolved_at").values_list("user_id", "resolved_at")
    return {user_id: at for user_id, at in times if at is not None}


def _load_gold_values() -> dict[tuple[UUID, int], int]:
    """Return the label of each gold drawing in use, by drawing and revision."""
    golds = GoldDrawing.objects.filter(suspended_at=None)
    return {(id, rev): value for id, rev, value in golds.values_list("pk", "revision", "value")}


def _confident_label(digit: int | None, decision: str | None) -> int | None:
    if decision == Decision.NOT_A_DIGIT:
        return NOT_A_DIGIT_LABEL
    return digit if decision == Decision.DIGIT else None


def _format_label(value: int) -> str:
    return "not a digit" if value == NOT_A_DIGIT_LABEL else str(value)
