"""Three worker processes that switch models under load within a second."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from ml.inference.predictor import load_predictor
from recognizer import protocol
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.models import Drawing, ModelVersion, Prediction, Promotion, PromotionKind, User
from recognizer.registry.artifact_store import fetch_model
from recognizer.registry.promotion import append_promotion, load_latest_promotion, roll_back
from recognizer.registry.shadow_models import set_shadow
from recognizer.registry.worker_status import count_ready, list_workers
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline
from tests.fixtures.metrics import PrintMetric
from tests.fixtures.site_process import ROOT, wait_until
from tests.pipeline.factories import load_ink, load_strokes, make_submission, store_drawings

pytestmark = pytest.mark.django_db(transaction=True)

NUM_WORKERS = 3
SWITCH_TIMEOUT_S = 1.0
WORKER = (
    *("-m", "celery", "-A", "workers.app", "worker", "--pool", "solo"),
    *("-Q", protocol.RECOGNITION_QUEUE, "--without-gossip", "--without-mingle"),
    "--without-heartbeat",
)


@pytest.fixture
def workers(
    champion: ModelVersion, valkey: BrokerProcess, process_env: dict[str, str], tmp_path: Path
) -> Iterator[None]:
    env = {**process_env, "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    running = []
    for number in range(NUM_WORKERS):
        command = [sys.executable, *WORKER, "-n", f"w{number}@%h"]
        with (tmp_path / f"worker{number}.log").open("wb") as log:
            running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log))
    try:
        wait_until(lambda: _serving(champion) == NUM_WORKERS, within_s=60, what="three workers")
        yield
    finally:
        for process in running:
            process.kill()
            process.wait(deadline(10))


@pytest.fixture
def preloaded_workers(
    workers: None, challenger: ModelVersion, champion: ModelVersion
) -> ModelVersion:
    """Workers that have loaded the challenger, because it is a shadow model."""
    set_shadow(model=challenger, on=True)

    def is_ready() -> bool:
        found = count_ready(challenger, list_workers())
        return found.ready == NUM_WORKERS

    wait_until(is_ready, within_s=20, what="the challenger is loaded everywhere")
    return challenger


def test_workers_switch_models_within_a_second(
    preloaded_workers: ModelVersion, champion: ModelVersion, owner: User, print_metric: PrintMetric
) -> None:
    idle_s = _promote(preloaded_workers)
    back_s = _roll_back(champion)
    print_metric(f"idle: promoted in {1000 * idle_s:.0f} ms, back in {1000 * back_s:.0f} ms")
    with _drawing_load(owner):
        busy_s = _promote(preloaded_workers)
        busy_back_s = _roll_back(champion)
    print_metric(f"busy: promoted in {1000 * busy_s:.0f} ms, back in {1000 * busy_back_s:.0f} ms")
    wait_until(_all_recognized, within_s=20, what="every drawing has its prediction")
    assert max(idle_s, back_s, busy_s, busy_back_s) <= deadline(SWITCH_TIMEOUT_S)
    _assert_predictions_match_models(champion, preloaded_workers)


def test_workers_keep_the_old_model_if_they_cannot_load_the_new(
    workers: None, challenger: ModelVersion, champion: ModelVersion, owner: User
) -> None:
    default_storage.delete(f"{challenger.folder}/model.onnx")
    with _drawing_load(owner):
        _append(challenger)
        wait_until(lambda: _failing(challenger) == NUM_WORKERS, within_s=10, what="all report it")
    found = list_workers()
    assert {worker.serving_ref for worker in found} == {champion.ref}
    assert all("model.onnx" in worker.load_error for worker in found)
    wait_until(_all_recognized, within_s=20, what="every drawing has its prediction")
    assert set(Prediction.objects.values_list("model", flat=True)) == {champion.pk}


def _promote(model: ModelVersion) -> float:
    _append(model)
    return wait_until(lambda: _serving(model) == NUM_WORKERS, within_s=5, what=f"{model} serves")


def _roll_back(to: ModelVersion) -> float:
    roll_back(by=None)
    return wait_until(lambda: _serving(to) == NUM_WORKERS, within_s=5, what=f"{to} serves again")


def _append(model: ModelVersion) -> Promotion:
    newest = load_latest_promotion()
    kind = PromotionKind.OVERRIDE
    return append_promotion(model=model, by=None, reason="", kind=kind, replaces=newest)


def _serving(model: ModelVersion) -> int:
    return count_ready(model, list_workers()).serving


def _failing(model: ModelVersion) -> int:
    return count_ready(model, list_workers()).failing


def _all_recognized() -> bool:
    return not Drawing.objects.exclude(status="recognized").exists()


@contextmanager
def _drawing_load(owner: User) -> Iterator[None]:
    """Send batches of drawings to the workers in a thread."""
    is_over, problems = threading.Event(), []

    def send_batches() -> None:
        sender = TaskSender()
        try:
            while not is_over.is_set():
                _send_batch(sender, owner)
                time.sleep(0.02)
        except Exception as error:
            problems.append(error)
        finally:
            sender.close()
            connection.close()

    thread = threading.Thread(target=send_batches)
    thread.start()
    try:
        yield
        time.sleep(0.3)
    finally:
        is_over.set()
        thread.join(deadline(20))
    assert problems == []


def _send_batch(sender: TaskSender, owner: User) -> None:
    submissions = [make_submission(owner, ink=load_ink(digit)) for digit in (1, 7, 1, 7)]
    drawings = [
        (str(drawing.id), drawing.revision, drawing.ink)
        for drawing in store_drawings(*submissions).pending
    ]
    sender.send(protocol.encode_batch("g", drawings))


def _assert_predictions_match_models(*models: ModelVersion) -> None:
    """Check that each prediction has the confidence of its model, and of no other one."""
    expected: dict[tuple[int, int], float] = {}
    for model, folder in zip(models, _folders(models), strict=True):
        predictor = load_predictor(folder, "cpu")
        for digit in (1, 7):
            [prediction] = predictor.predict_many([load_strokes(digit)])
            expected[model.pk, digit] = prediction.confidence
    assert len({round(value, 6) for value in expected.values()}) == len(expected)
    shown = ("prediction__model", "prediction__digit", "ink", "prediction__confidence")
    rows = list(Drawing.objects.values_list(*shown))
    assert {model_id for model_id, *_ in rows} == {model.pk for model in models}
    for model_id, digit, ink, confidence in rows:
        assert model_id is not None
        assert digit is not None
        assert ink == load_ink(digit)
        assert confidence == pytest.approx(expected[model_id, digit], abs=2e-6)


def _folders(models: tuple[ModelVersion, ...]) -> list[Path]:
    return [fetch_model(model, settings.STATE_DIR / "models") for model in models]
