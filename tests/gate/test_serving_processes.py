"""Three worker processes: a promotion and a roll-back reach all of them within a second while
drawings flow, and no answer is lost or named wrongly."""

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

from ml.predictor import load_predictor
from recognizer import contract, registry
from recognizer.models import Drawing, ModelVersion, Prediction, Promotion, PromotionKind, User
from recognizer.queue import Sender
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline
from tests.fixtures.figures import Figure
from tests.fixtures.site_process import ROOT, wait_until
from tests.way.drawing import ink_of, store, strokes_of, submission

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 3
WITHIN_S = 1.0
WORKER = (
    *("-m", "celery", "-A", "workers.app", "worker", "--pool", "solo"),
    *("-Q", contract.RECOGNITION_QUEUE, "--without-gossip", "--without-mingle"),
    "--without-heartbeat",
)


@pytest.fixture
def workers(
    champion: ModelVersion, valkey: BrokerProcess, process_env: dict[str, str], tmp_path: Path
) -> Iterator[None]:
    env = {**process_env, "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    running = []
    for number in range(WORKERS):
        command = [sys.executable, *WORKER, "-n", f"w{number}@%h"]
        with (tmp_path / f"worker{number}.log").open("wb") as log:
            running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log))
    try:
        wait_until(lambda: _serving(champion) == WORKERS, within_s=60, what="three workers")
        yield
    finally:
        for process in running:
            process.kill()
            process.wait(deadline(10))


@pytest.fixture
def ready(workers: None, challenger: ModelVersion, champion: ModelVersion) -> ModelVersion:
    """A challenger in the shadow is loaded beforehand."""
    registry.set_shadow(model=challenger, on=True)

    def is_ready() -> bool:
        found = registry.count_ready(challenger, registry.list_workers())
        return found.ready == WORKERS

    wait_until(is_ready, within_s=20, what="the challenger is loaded everywhere")
    return challenger


def test_all_of_them_serve_it_within_a_second_idle_or_busy_and_go_back_as_fast(
    ready: ModelVersion, champion: ModelVersion, owner: User, print_figure: Figure
) -> None:
    idle_s = _promote(ready)
    back_s = _roll_back(champion)
    print_figure(f"idle: promoted in {1000 * idle_s:.0f} ms, back in {1000 * back_s:.0f} ms")
    with _drawing(owner):
        busy_s = _promote(ready)
        busy_back_s = _roll_back(champion)
    print_figure(f"busy: promoted in {1000 * busy_s:.0f} ms, back in {1000 * busy_back_s:.0f} ms")
    wait_until(_all_answered, within_s=20, what="every drawing has its answer")
    assert max(idle_s, back_s, busy_s, busy_back_s) <= deadline(WITHIN_S)
    _every_answer_is_of_the_model_it_names(champion, ready)


def test_workers_that_cannot_load_it_keep_the_old_one_and_say_so(
    workers: None, challenger: ModelVersion, champion: ModelVersion, owner: User
) -> None:
    default_storage.delete(f"{challenger.folder}/model.onnx")
    with _drawing(owner):
        _append(challenger)
        wait_until(lambda: _failing(challenger) == WORKERS, within_s=10, what="all say so")
    found = registry.list_workers()
    assert {worker.serves for worker in found} == {champion.ref}
    assert all("model.onnx" in worker.why for worker in found)
    wait_until(_all_answered, within_s=20, what="every drawing has its answer")
    assert set(Prediction.objects.values_list("model", flat=True)) == {champion.pk}


def _promote(model: ModelVersion) -> float:
    _append(model)
    return wait_until(lambda: _serving(model) == WORKERS, within_s=5, what=f"{model} serves")


def _roll_back(to: ModelVersion) -> float:
    registry.roll_back(by=None)
    return wait_until(lambda: _serving(to) == WORKERS, within_s=5, what=f"{to} serves again")


def _append(model: ModelVersion) -> Promotion:
    newest = registry.newest_promotion()
    kind = PromotionKind.OVERRIDE
    return registry.append_promotion(model=model, by=None, reason="", kind=kind, replaces=newest)


def _serving(model: ModelVersion) -> int:
    return registry.count_ready(model, registry.list_workers()).serving


def _failing(model: ModelVersion) -> int:
    return registry.count_ready(model, registry.list_workers()).failing


def _all_answered() -> bool:
    return not Drawing.objects.exclude(status="recognized").exists()


@contextmanager
def _drawing(owner: User) -> Iterator[None]:
    """Groups of drawings go to the workers until it ends."""
    is_over, problems = threading.Event(), []

    def flow() -> None:
        sender = Sender()
        try:
            while not is_over.is_set():
                _send_group(sender, owner)
                time.sleep(0.02)
        except Exception as error:
            problems.append(error)
        finally:
            sender.close()
            connection.close()

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        yield
        time.sleep(0.3)
    finally:
        is_over.set()
        thread.join(deadline(20))
    assert problems == []


def _send_group(sender: Sender, owner: User) -> None:
    group = [submission(owner, ink=ink_of(digit)) for digit in (1, 7, 1, 7)]
    jobs = [(str(job.id), job.revision, job.ink) for job in store(*group).jobs]
    sender.send(contract.encode_group("g", jobs))


def _every_answer_is_of_the_model_it_names(*models: ModelVersion) -> None:
    """Each says what its model would say of this ink, and no other would."""
    expected: dict[tuple[int, int], float] = {}
    for model, folder in zip(models, _folders(models), strict=True):
        predictor = load_predictor(folder, "cpu")
        for digit in (1, 7):
            [answer] = predictor.predict_many([strokes_of(digit)])
            expected[model.pk, digit] = answer.confidence
    assert len({round(value, 6) for value in expected.values()}) == len(expected)
    shown = ("prediction__model", "prediction__digit", "ink", "prediction__confidence")
    rows = list(Drawing.objects.values_list(*shown))
    assert {served for served, *_ in rows} == {model.pk for model in models}
    for served, read, ink, sure in rows:
        assert served is not None
        assert read is not None
        assert ink == ink_of(read)
        assert sure == pytest.approx(expected[served, read], abs=2e-6)


def _folders(models: tuple[ModelVersion, ...]) -> list[Path]:
    return [registry.fetch_model(model, settings.HOME / "models") for model in models]
