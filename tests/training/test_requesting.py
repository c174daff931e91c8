"""Asking for a run over the interface: what it becomes, and every refusal."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from recognizer.models import ModelVersion, RunStatus, Snapshot, TrainingRun, User
from recognizer.registry import promote_first_model
from recognizer.snapshots import build_snapshot
from recognizer.training import EPOCHS
from tests.api.calling import Api, code_of
from tests.fixtures.cast import SignIn
from tests.snapshots.agreed import agreed, teacher
from tests.training.runs import run_of

pytestmark = pytest.mark.django_db

SHIPPED = Path(__file__).resolve().parent.parent.parent / "ml" / "weights" / "inknet"


@pytest.fixture
def api(admin: User, sign_in: SignIn) -> Api:
    return Api(sign_in(admin))


@pytest.fixture
def serving(db: None) -> ModelVersion:
    return promote_first_model(SHIPPED)


def _ask(api: Api, made: Snapshot, **wishes: Any) -> Any:
    return api.post("training-runs/", {"snapshot": str(made.pk), **wishes})


def test_the_champion_is_trained_further_unless_it_is_told(
    api: Api, snapshot: Snapshot, serving: ModelVersion, admin: User
) -> None:
    answer = _ask(api, snapshot)
    run = TrainingRun.objects.get()
    assert answer.status_code == 201
    assert answer.json()["id"] == str(run.pk)
    assert (run.base, run.architecture, run.epochs) == (serving, "inknet", EPOCHS["fine_tune"])
    assert (run.by, run.trigger, run.status) == (admin, "api", RunStatus.QUEUED)


def test_without_a_training_set_one_is_made_now(api: Api, serving: ModelVersion) -> None:
    person = teacher("new", split="training")
    for value in (2, 7):
        agreed(person, value)
    assert api.post("training-runs/", {}).status_code == 201
    assert TrainingRun.objects.get().snapshot == Snapshot.objects.get()


@pytest.mark.parametrize(
    ("wishes", "refusal"),
    [
        ({"base": None, "architecture": "gpt"}, (400, "invalid")),
        ({"architecture": "mlp", "base": "SERVING"}, (400, "architecture_mismatch")),
        ({"base": "inknet@000000000000"}, (404, "not_found")),
        ({"epochs": 0}, (400, "invalid")),
        ({"epochs": 201}, (400, "invalid")),
        ({"epochs": 10**30}, (400, "invalid")),
        ({"seed": -1}, (400, "invalid")),
        ({"rehearsal": "dreams"}, (400, "invalid")),
        ({"snapshot": "01a1fc4f-1264-790d-843b-af03cf352863"}, (404, "not_found")),
        ({"snapshot": "nonsense"}, (400, "invalid")),
        ({"snapshot": None}, (400, "no_training_data")),
        ({"learning_rate": 1}, (400, "invalid")),
    ],
)
def test_what_cannot_be_is_refused_and_not_stored(
    api: Api,
    snapshot: Snapshot,
    serving: ModelVersion,
    wishes: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    given = {name: serving.ref if it == "SERVING" else it for name, it in wishes.items()}
    assert code_of(_ask(api, snapshot, **given)) == refusal
    assert not TrainingRun.objects.exists()


def test_a_training_set_of_one_digit_is_refused(api: Api, serving: ModelVersion) -> None:
    person = teacher("new", split="training")
    agreed(person, 3)
    agreed(person, 10)  # not a digit is none
    assert code_of(_ask(api, build_snapshot(by=None))) == (400, "single_class")


def test_a_base_whose_files_are_gone_is_refused(
    api: Api, snapshot: Snapshot, serving: ModelVersion
) -> None:
    name = f"{serving.folder}/weights.safetensors"
    default_storage.delete(name)
    assert code_of(_ask(api, snapshot)) == (400, "base_missing")


def test_the_same_again_is_refused_while_it_is_open(
    api: Api, snapshot: Snapshot, serving: ModelVersion
) -> None:
    assert _ask(api, snapshot).status_code == 201
    assert code_of(_ask(api, snapshot)) == (409, "already_open")
    assert _ask(api, snapshot, seed=2).status_code == 201
    TrainingRun.objects.update(status=RunStatus.FAILED)
    assert _ask(api, snapshot).status_code == 201


def test_one_that_waits_is_cancelled_at_once(api: Api, snapshot: Snapshot) -> None:
    run = run_of(snapshot)
    answer = api.post(f"training-runs/{run.pk}/cancel/")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["ended_at"]


def test_one_that_trains_is_asked_to_stop(api: Api, snapshot: Snapshot) -> None:
    run = run_of(snapshot, status=RunStatus.RUNNING)
    for _ in "twice":
        answer = api.post(f"training-runs/{run.pk}/cancel/")
        assert (answer.json()["status"], answer.json()["is_stopping"]) == ("running", True)


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.FAILED])
def test_one_that_has_ended_is_not_cancelled(
    api: Api, snapshot: Snapshot, status: RunStatus
) -> None:
    run = run_of(snapshot, status=status)
    assert code_of(api.post(f"training-runs/{run.pk}/cancel/")) == (409, "already_ended")
    assert code_of(api.post("training-runs/nonsense/cancel/")) == (404, "not_found")


def test_the_list_goes_on_page_by_page(api: Api, snapshot: Snapshot) -> None:
    runs = [str(run_of(snapshot, seed=seed).pk) for seed in range(5)]
    first = api.get("training-runs/", limit=2).json()
    second = api.client.get(first["next"]).json()
    third = api.client.get(second["next"]).json()
    pages = [first, second, third]
    assert [run["id"] for page in pages for run in page["results"]] == sorted(runs)[::-1]
    assert third["next"] is None
    assert api.get("training-runs/", cursor="nonsense").status_code == 404
