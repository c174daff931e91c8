"""Training sets as their pages show them: figures, bars, thumbnails, in plain words."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count

from recognizer.accounts.data_export import encode_png
from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotItem, Split
from recognizer.snapshots.diff import SnapshotDiff
from recognizer.views.drawing_summary import InkSvg, render_ink_svg
from recognizer.views.formatting import format_confidence, format_label, format_percent

LABELS = range(NOT_A_DIGIT_LABEL + 1)
SPLIT_NAMES = {Split.TRAINING.value: "may_teach", Split.HOLDOUT.value: "judges"}
THUMBNAILS_PAGE_SIZE = 66
MAX_USERS_SHOWN = 8


@dataclass(frozen=True)
class LabelCountBar:
    """How many of one label there are on each side; lengths are of 100, the longest of all."""

    name: str
    teaching: int
    judging: int
    teaching_length: float
    judging_length: float


@dataclass
class SnapshotSummary:
    """What a line of the list, or the head of one's page, needs."""

    snapshot: Snapshot
    before: Snapshot | None = None

    @property
    def drawings(self) -> int:
        return self.teaching + self.judging

    @property
    def teaching(self) -> int:
        return sum(self.snapshot.counts[Split.TRAINING])

    @property
    def judging(self) -> int:
        return sum(self.snapshot.counts[Split.HOLDOUT])

    @property
    def people(self) -> int:
        return sum(self.snapshot.counts["users"].values())

    @property
    def title(self) -> str:
        return self.snapshot.note or f"Training set {self.snapshot.ref}"

    @cached_property
    def bars(self) -> list[LabelCountBar]:
        return build_bars(self.snapshot.counts)


@dataclass(frozen=True)
class Thumbnail:
    """One drawing of a set: its ink or picture, or nothing when it is erased. `was` is its label
    in the other set, where two are compared."""

    item: SnapshotItem
    was: int | None = None

    @cached_property
    def vector(self) -> InkSvg | None:
        strokes: list[Any] = json.loads(self.item.drawing.ink) if self.item.drawing.ink else []
        return render_ink_svg(strokes) if strokes else None

    @property
    def picture(self) -> str:
        raster = self.item.drawing.raster
        if raster is None:
            return ""
        return f"data:image/png;base64,{base64.b64encode(encode_png(bytes(raster))).decode()}"

    @property
    def label(self) -> str:
        return "–" if self.item.label == NOT_A_DIGIT_LABEL else str(self.item.label)

    @property
    def before(self) -> str:
        return format_label(self.was)

    @property
    def words(self) -> str:
        gone = ", erased since" if self.item.drawing.erased_at else ""
        return f"{format_label(self.item.label)}, {SPLIT_NAMES[self.item.split]}{gone}"


@dataclass(frozen=True)
class ThumbnailFilter:
    """Which drawings of a set are looked at."""

    label: int | None
    split: str
    after: int

    @property
    def label_links(self) -> list[tuple[str, str, bool]]:
        """Text, query and whether it is chosen."""
        every = [("all", None), *((_format_short(value), value) for value in LABELS)]
        return [(text, self._query(label=value), value == self.label) for text, value in every]

    @property
    def split_links(self) -> list[tuple[str, str, bool]]:
        every = [("both", ""), ("teach", Split.TRAINING.value), ("judge", Split.HOLDOUT.value)]
        return [(text, self._query(split=value), value == self.split) for text, value in every]

    def next_query(self, after: int) -> str:
        return self._query(after=after)

    def _query(self, **changed: Any) -> str:
        given = {"label": self.label, "split": self.split, "after": 0, **changed}
        return urlencode({name: value for name, value in given.items() if value not in (None, "")})


@dataclass(frozen=True)
class ThumbnailPage:
    thumbs: list[Thumbnail]
    next_query: str


def build_bars(counts: Mapping[str, Sequence[int]]) -> list[LabelCountBar]:
    pairs = list(zip(counts[Split.TRAINING], counts[Split.HOLDOUT], strict=True))
    longest = max([1, *(a + b for a, b in pairs)])
    return [
        LabelCountBar(
            format_label(value), a, b, round(100 * a / longest, 2), round(100 * b / longest, 2)
        )
        for value, (a, b) in enumerate(pairs)
    ]


def parse_thumbnail_filter(given: Mapping[str, str]) -> ThumbnailFilter:
    """What makes no sense chooses nothing."""
    label, after = given.get("label", ""), given.get("after", "")
    is_label = label.isascii() and label.isdigit() and len(label) < 3 and int(label) in LABELS
    is_after = after.isascii() and after.isdigit() and len(after) < 19
    split = given.get("split", "")
    return ThumbnailFilter(
        int(label) if is_label else None,
        split if split in Split.values else "",
        int(after) if is_after else 0,
    )


def load_thumbnail_page(snapshot: Snapshot, choice: ThumbnailFilter) -> ThumbnailPage:
    items = snapshot.items.filter(pk__gt=choice.after).order_by("pk").select_related("drawing")
    if choice.label is not None:
        items = items.filter(label=choice.label)
    if choice.split:
        items = items.filter(split=choice.split)
    found = list(items[: THUMBNAILS_PAGE_SIZE + 1])
    shown = found[:THUMBNAILS_PAGE_SIZE]
    more = choice.next_query(shown[-1].pk) if len(found) > len(shown) else ""
    return ThumbnailPage([Thumbnail(item) for item in shown], more)


def top_contributors(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Those with the most drawings, and their share of their side."""
    rows = (
        snapshot.items.order_by()
        .values_list("user_pseudonym", "split")
        .annotate(drawings=Count("pk"))
        .order_by("-drawings", "user_pseudonym")[:MAX_USERS_SHOWN]
    )
    totals = {side: sum(snapshot.counts[side]) for side in Split.values}
    return [
        {
            "name": person,
            "does": SPLIT_NAMES[split],
            "drawings": drawings,
            "share": format_confidence(drawings / totals[split])
            if drawings < totals[split]
            else format_percent(1, decimals=0),
        }
        for person, split, drawings in rows
    ]


def diff_rows(diff: SnapshotDiff) -> list[dict[str, Any]]:
    """A row for each label that came, went, or became another."""
    rows = [
        {
            "name": format_label(value),
            "added": diff.added[value],
            "removed": diff.removed[value],
            "became": ", ".join(
                f"{one.count} now {format_label(one.new_label)}"
                for one in diff.relabelled
                if one.old_label == value
            ),
        }
        for value in LABELS
    ]
    return [row for row in rows if row["added"] or row["removed"] or row["became"]]


def _format_short(value: int) -> str:
    return "none" if value == NOT_A_DIGIT_LABEL else str(value)
