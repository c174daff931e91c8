"""Promotions that are concurrent, during a batch, or killed: exactly one champion remains."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection

from recognizer import protocol
from recognizer.models import (
    Drawing,
    Evaluation,
    ModelVersion,
    Promotion,
    PromotionKind,
    User,
)
from recognizer.registry.promotion import (
    CannotPromote,
    append_promotion,
    load_champion,
    load_latest_promotion,
    promote_model,
    roll_back,
)
from tests.fixtures.deadlines import deadline
from tests.fixtures.releases import register_variant
from tests.fixtures.site_process import ROOT
from tests.pipeline.factories import load_ink, make_submission, store_drawings
from tests.promotion.conftest import EvaluationFactory
from workers.recognition import batch_inference
from workers.recognition.batch_inference import run_inference
from workers.recognition.drawing_leases import LeasedDrawing, acquire_drawings
from workers.recognition.model_cache import ModelCache
from workers.recognition.prediction_store import store_predictions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def _make_passed_evaluation(champion: ModelVersion, challenger: ModelVersion) -> None:
    Evaluation.objects.create(
        challenger=challenger, champion=champion, gate_result="passed", decided_by="So.", report={}
    )


def test_one_of_two_concurrent_promotions_succeeds(
    champion: ModelVersion, challenger: ModelVersion, tmp_path: Path, admin: User
) -> None:
    both = [challenger, register_variant(tmp_path, name="third", temperature=3.0)]
    for _ in range(5):
        for model in both:
            _make_passed_evaluation(champion, model)
        outcomes = _promote_concurrently(both, admin)
        assert outcomes.count("promoted") == 1, outcomes
        assert set(outcomes) <= {"promoted", "conflict", "not_evaluated"}
        roll_back(by=None)
    replaced = Promotion.objects.exclude(replaces=None).values_list("replaces", flat=True)
    assert len(replaced) == len(set(replaced)) == 10
    assert load_champion() == champion


def _promote_concurrently(models: list[ModelVersion], admin: User) -> list[str]:
    barrier, outcomes = threading.Barrier(len(models)), []

    def promote(model: ModelVersion) -> None:
        barrier.wait()
        try:
            promote_model(model=model, by=admin)
            outcomes.append("promoted")
        except CannotPromote as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=promote, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline(30))
    return outcomes


def test_promotion_is_atomic_when_killed_at_any_step(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    process_env: dict[str, str],
) -> None:
    make_evaluation("passed")
    settings = {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-m", "tests.promotion.killed_promotion", str(challenger.pk)],
        cwd=ROOT,
        env={**process_env, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    killed = [step for step, was_killed, _, _ in found if was_killed]
    assert {0, 1, 2, 3, "commit", "committed"} <= set(killed)
    promotions = 1
    for step, was_killed, serving, count in found:
        done = step == "committed" or not was_killed
        assert serving == (challenger.pk if done else champion.pk), found
        assert count == promotions + done, found
        promotions = count + done  # rolled back before the next one
    assert load_champion() == champion


def test_a_running_batch_keeps_its_model(
    champion: ModelVersion, challenger: ModelVersion, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ModelCache()
    monkeypatch.setattr(batch_inference, "model_cache", cache)
    batches = [_lease_drawing(owner), _lease_drawing(owner)]
    cache.load_champion()
    first = run_inference(batches[0])
    newest = load_latest_promotion()
    kind = PromotionKind.OVERRIDE
    append_promotion(model=challenger, by=None, reason="", kind=kind, replaces=newest)
    cache.refresh()
    second = run_inference(batches[1])
    events = [change.body for change in store_predictions(first) + store_predictions(second)]
    assert [body["model"] for body in events if body] == [champion.ref, challenger.ref]
    stored = Drawing.objects.order_by("created_at", "id").values_list(
        "prediction__model", flat=True
    )
    assert list(stored) == [champion.pk, challenger.pk]
    confidences = [body["confidence"] for body in events if body]
    assert confidences[0] > confidences[1]  # the challenger is less confident


def _lease_drawing(owner: User) -> list[LeasedDrawing]:
    [drawing] = store_drawings(make_submission(owner, ink=load_ink(7))).pending
    payload = protocol.encode_batch("g", [(str(drawing.id), drawing.revision, drawing.ink)])
    return acquire_drawings(protocol.decode_batch(payload))
