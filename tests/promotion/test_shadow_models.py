"""Shadow models: predictions after the champion's, late or never, and not shown."""

from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import Drawing, ModelVersion, Prediction, PromotionKind, User
from recognizer.registry.promotion import append_promotion, load_champion, load_latest_promotion
from recognizer.registry.shadow_models import count_dropped_drawings, set_shadow
from tests.api.api_client import ApiClient
from tests.api.factories import make_recognized_drawing
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.site_process import wait_until
from tests.fixtures.users import SignIn
from tests.pipeline.factories import load_ink, make_submission, store_drawings
from workers.comparison.shadow_task import predict_with_shadow_models
from workers.recognition import shadow_publisher
from workers.recognition.drawing_leases import LeasedDrawing
from workers.recognition.model_cache import ModelCache
from workers.recognition.recognize_task import recognize_batch

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def shadow(challenger: ModelVersion) -> ModelVersion:
    return set_shadow(model=challenger, on=True)


@pytest.fixture
def drawing(owner: User, champion: ModelVersion) -> Drawing:
    return make_recognized_drawing(owner, digit=1, model=champion, ink=load_ink(1))


def _shadow_task(drawing: Drawing) -> list[tuple[str, int]]:
    return [(str(drawing.pk), drawing.revision)]


def test_a_shadow_model_predicts_from_the_champions_raster(
    drawing: Drawing, shadow: ModelVersion
) -> None:
    assert predict_with_shadow_models(_shadow_task(drawing)) == 1
    made = Prediction.objects.get(model=shadow)
    assert drawing.prediction is not None
    assert bytes(made.raster) == bytes(drawing.prediction.raster)
    assert sum(made.probabilities) == pytest.approx(1, abs=1e-4)
    drawing.refresh_from_db()
    assert drawing.prediction.model != shadow


def test_a_task_delivered_twice_is_predicted_once(drawing: Drawing, shadow: ModelVersion) -> None:
    assert [predict_with_shadow_models(_shadow_task(drawing)) for _ in range(2)] == [1, 0]


def test_skips_the_champion_and_broken_shadow_models(
    drawing: Drawing, shadow: ModelVersion, champion: ModelVersion
) -> None:
    ModelVersion.objects.filter(pk=champion.pk).update(is_shadow=True)  # the champion is skipped
    broken = ModelVersion.objects.create(name="x", sha256="ef" * 32, card={}, is_shadow=True)
    assert predict_with_shadow_models(_shadow_task(drawing)) == 1
    assert not broken.predictions.exists()


def test_skips_changed_and_missing_drawings(drawing: Drawing, shadow: ModelVersion) -> None:
    gone = (str(uuid4()), 1)
    changed = (str(drawing.pk), 2)
    assert predict_with_shadow_models([gone, changed]) == 0


def test_without_shadow_models_no_drawing_is_loaded(
    drawing: Drawing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):  # the shadows, the champion
        assert predict_with_shadow_models(_shadow_task(drawing)) == 0


def test_shadow_predictions_are_not_shown(
    drawing: Drawing, shadow: ModelVersion, owner: User, sign_in: SignIn
) -> None:
    predict_with_shadow_models(_shadow_task(drawing))
    browser = sign_in(owner)
    predictions = ApiClient(browser).get(f"drawings/{drawing.pk}/").json()["predictions"]
    assert [one["model"] for one in predictions] == [load_champion().ref]  # type: ignore[union-attr]
    page = browser.get(f"/history/{drawing.pk}/").content.decode()
    assert shadow.sha256[:12] not in page


def test_a_promoted_model_reuses_its_shadow_prediction(
    owner: User, champion: ModelVersion, shadow: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drawing deleted before its prediction was shown, and restored later."""
    [job] = store_drawings(make_submission(owner, ink=load_ink(1))).pending
    stored = Prediction.objects.create(
        drawing_id=job.id,
        revision=1,
        model=shadow,
        decision="digit",
        digit=8,
        confidence=0.123,
        probabilities=[0.1] * 10,
        raster=bytes(784),
        latency_ms=4.5,
        created_at=timezone.now(),
    )
    Drawing.objects.update(attempts=1)
    kind = PromotionKind.OVERRIDE
    newest = load_latest_promotion()
    append_promotion(model=shadow, by=None, reason="", kind=kind, replaces=newest)
    event = _recognize(monkeypatch, job)
    assert Drawing.objects.get().prediction == stored
    assert Prediction.objects.count() == 1
    assert (event["digit"], event["confidence"], event["model"]) == (8, 0.123, shadow.ref)


def _recognize(monkeypatch: pytest.MonkeyPatch, job: object) -> protocol.JSON:
    changes: list[protocol.JSON] = []
    from workers.recognition import batch_inference

    cache = ModelCache()
    monkeypatch.setattr(batch_inference, "model_cache", cache)
    monkeypatch.setattr(
        event_publisher,
        "publish_results",
        lambda made, batch_id: changes.extend(change.body for change in made),
    )
    id, revision, ink = str(job.id), job.revision, job.ink  # type: ignore[attr-defined]
    payload = protocol.encode_batch("g", [(id, revision, ink)])
    recognize_batch(protocol.decode_batch(payload))
    [change] = changes
    return change


@pytest.mark.django_db(transaction=True)
def test_counts_drawings_dropped_from_a_full_queue(
    valkey: BrokerProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shadow_publisher, "MAX_QUEUED_TASKS", 2)
    sender = shadow_publisher.ShadowPublisher()
    claim = LeasedDrawing(str(uuid4()), 1, str(uuid4()), 1, "", "")
    for _ in range(5):
        sender.enqueue([claim])
    wait_until(lambda: count_dropped_drawings() == 3, within_s=10, what="3 dropped")
    with valkey.client() as client:
        assert client.llen(redis_key(protocol.SHADOW_QUEUE)) == 2


def test_recognition_never_waits_for_the_shadow_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender = shadow_publisher.ShadowPublisher()
    monkeypatch.setattr(sender, "_run", lambda: None)  # the broker is frozen
    claim = LeasedDrawing(str(uuid4()), 1, str(uuid4()), 1, "", "")
    for _ in range(shadow_publisher.MAX_UNSENT_BATCHES + 10):
        sender.enqueue([claim])
    assert len(sender._unsent) == shadow_publisher.MAX_UNSENT_BATCHES
    assert sender._num_dropped == 10


def test_a_cache_without_shadow_models_has_none(model_cache_without_shadows: ModelCache) -> None:
    model_cache_without_shadows.refresh()
    assert not model_cache_without_shadows.has_shadow_models


@pytest.fixture
def model_cache_without_shadows(champion: ModelVersion) -> ModelCache:
    cache = ModelCache()
    cache.load_champion()
    return cache
