"""Drawings are embedded in the background; what is unlike everything comes before reviewers."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from ml.raster import rasterize
from recognizer import contract
from recognizer.embedding import ask_for_embeddings
from recognizer.models import Drawing, Embedding, Prediction, ReviewItem, User
from recognizer.registry import promote_first_model
from recognizer.review.order import fill_queue
from tests.review.people import grow, taught
from workers.embedding import embed_drawings, order_cards

pytestmark = pytest.mark.django_db

DIGITS = json.loads((Path(__file__).resolve().parent.parent / "ink/digits.json").read_text())
GRID = [[[x, 0], [x, 100]] for x in range(0, 101, 25)] + [
    [[0, y], [100, y]] for y in range(0, 101, 25)
]


class Asked:
    """A sender that keeps what it is given, while the queue is as long as said."""

    def __init__(self, waiting: int = 0) -> None:
        self.sent: list[tuple[str, ...]] = []
        self.waiting = waiting

    def count_waiting(self, queue: str) -> int:
        return self.waiting

    def send_task(self, name: str, *arguments: str, queue: str) -> None:
        self.sent.append((name, *arguments, queue))


@pytest.fixture(autouse=True)
def champion(db: None) -> None:
    promote_first_model(settings.FIRST_MODEL)


def _drawn(owner: User, strokes: Any = None, **fields: Any) -> Drawing:
    drawing = taught(owner, **fields)
    raster = rasterize(strokes or DIGITS[0]["strokes"]).tobytes()
    Prediction.objects.filter(drawing=drawing).update(raster=raster)
    return drawing


def test_what_is_unlike_everything_is_put_before_reviewers(owner: User) -> None:
    plain, odd = _drawn(owner), _drawn(owner, GRID)
    assert embed_drawings([str(plain.pk), str(odd.pk)]) == 2
    fill_queue(timezone.now())
    assert dict(ReviewItem.objects.values_list("drawing_id", "reason")) == {
        plain.pk: "diverse",
        odd.pk: "novel",
    }


def test_a_card_that_nobody_doubted_is_doubted_once_its_drawing_is_embedded(owner: User) -> None:
    odd = _drawn(owner, GRID)
    fill_queue(timezone.now())
    embed_drawings([str(odd.pk)])
    fill_queue(timezone.now())
    assert ReviewItem.objects.get().reason == "novel"


def test_what_covers_most_comes_first_among_what_nobody_doubts(owner: User) -> None:
    twins = [_drawn(owner) for _ in range(3)]
    other = _drawn(owner, DIGITS[7]["strokes"])
    embed_drawings([str(one.pk) for one in (*twins, other)])
    fill_queue(timezone.now())
    order_cards()
    order = list(ReviewItem.objects.order_by("-priority").values_list("drawing_id", flat=True))
    assert order.index(other.pk) < 2


def test_it_asks_for_what_has_no_embedding_at_its_revision(owner: User, outsider: User) -> None:
    drawing = _drawn(owner)
    _drawn(outsider)
    User.objects.filter(pk=outsider.pk).update(may_teach=False)
    asked = Asked()
    assert ask_for_embeddings(asked) == 1  # type: ignore[arg-type]
    assert asked.sent == [(contract.EMBED, json.dumps([str(drawing.pk)]), contract.SHADOW_QUEUE)]
    embed_drawings([str(drawing.pk)])
    Embedding.objects.update(model=drawing.prediction.model_id)  # type: ignore[union-attr]
    assert embed_drawings([str(drawing.pk)]) == 1
    assert ask_for_embeddings(Asked()) == 0  # type: ignore[arg-type]
    assert ask_for_embeddings(Asked(waiting=1)) == 0  # type: ignore[arg-type]


def test_a_drawing_that_has_grown_is_not_embedded_before_its_answer(owner: User) -> None:
    drawing = _drawn(owner)
    grow(drawing)
    assert embed_drawings([str(drawing.pk)]) == 0
