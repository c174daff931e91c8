"""Embeddings of drawings, and novel drawings in the review queue."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from ml.preprocessing.rasterize import rasterize
from recognizer import protocol
from recognizer.maintenance.embedding_backfill import request_embeddings
from recognizer.models import Drawing, Embedding, Prediction, ReviewItem, User
from recognizer.registry.promotion import promote_default_model
from recognizer.review.review_queue_prioritization import fill_queue
from tests.review.factories import append_stroke, make_teaching_drawing
from workers.embed_task import embed_drawings, rank_review_items

pytestmark = pytest.mark.django_db

DIGITS = json.loads((Path(__file__).resolve().parent.parent / "ink/digits.json").read_text())
GRID = [[[x, 0], [x, 100]] for x in range(0, 101, 25)] + [
    [[0, y], [100, y]] for y in range(0, 101, 25)
]


class FakeTaskPublisher:
    """A task sender that records tasks and reports a fixed queue length."""

    def __init__(self, waiting: int = 0) -> None:
        self.sent: list[tuple[str, ...]] = []
        self.waiting = waiting

    def count_waiting(self, queue: str) -> int:
        return self.waiting

    def send_task(self, name: str, *arguments: str, queue: str) -> None:
        self.sent.append((name, *arguments, queue))


@pytest.fixture(autouse=True)
def champion(db: None) -> None:
    promote_default_model(settings.DEFAULT_MODEL_DIR)


def _make_drawing(owner: User, strokes: Any = None, **fields: Any) -> Drawing:
    drawing = make_teaching_drawing(owner, **fields)
    raster = rasterize(strokes or DIGITS[0]["strokes"]).tobytes()
    Prediction.objects.filter(drawing=drawing).update(raster=raster)
    return drawing


def test_queues_a_drawing_unlike_all_others_as_novel(owner: User) -> None:
    plain, odd = _make_drawing(owner), _make_drawing(owner, GRID)
    assert embed_drawings([str(plain.pk), str(odd.pk)]) == 2
    fill_queue(timezone.now())
    assert dict(ReviewItem.objects.values_list("drawing_id", "reason")) == {
        plain.pk: "diverse",
        odd.pk: "novel",
    }


def test_an_embedding_can_make_a_queued_drawing_novel(owner: User) -> None:
    odd = _make_drawing(owner, GRID)
    fill_queue(timezone.now())
    embed_drawings([str(odd.pk)])
    fill_queue(timezone.now())
    assert ReviewItem.objects.get().reason == "novel"


def test_ranks_diverse_drawings_by_coverage(owner: User) -> None:
    twins = [_make_drawing(owner) for _ in range(3)]
    other = _make_drawing(owner, DIGITS[7]["strokes"])
    embed_drawings([str(one.pk) for one in (*twins, other)])
    fill_queue(timezone.now())
    rank_review_items()
    order = list(ReviewItem.objects.order_by("-priority").values_list("drawing_id", flat=True))
    assert order.index(other.pk) < 2


def test_requests_embeddings_for_drawings_without_one(owner: User, outsider: User) -> None:
    drawing = _make_drawing(owner)
    _make_drawing(outsider)
    User.objects.filter(pk=outsider.pk).update(may_teach=False)
    sender = FakeTaskPublisher()
    assert request_embeddings(sender) == 1  # type: ignore[arg-type]
    assert sender.sent == [
        (protocol.EMBED_TASK, json.dumps([str(drawing.pk)]), protocol.SHADOW_QUEUE)
    ]
    embed_drawings([str(drawing.pk)])
    Embedding.objects.update(model=drawing.prediction.model_id)  # type: ignore[union-attr]
    assert embed_drawings([str(drawing.pk)]) == 1
    assert request_embeddings(FakeTaskPublisher()) == 0  # type: ignore[arg-type]
    assert request_embeddings(FakeTaskPublisher(waiting=1)) == 0  # type: ignore[arg-type]


def test_does_not_embed_a_drawing_without_a_prediction(owner: User) -> None:
    drawing = _make_drawing(owner)
    append_stroke(drawing)
    assert embed_drawings([str(drawing.pk)]) == 0
