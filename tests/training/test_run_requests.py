"""Requests of runs over the API, and every refusal."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from recognizer.models import ModelVersion, RunStatus, Snapshot, TrainingRun, User
from recognizer.registry.promotion import promote_default_model
from recognizer.snapshots.build import build_snapshot
from recognizer.training.run_requests import DEFAULT_EPOCHS
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from tests.training.factories import make_run

pytestmark = pytest.mark.django_db

SHIPPED = Path(__file__).resolve().parent.parent.parent / "ml" / "weights" / "inknet"


@pytest.fixture
def api(admin: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(admin))


@pytest.fixture
def serving(db: None) -> ModelVersion:
    return promote_default_model(SHIPPED)


def _request_run(api: ApiClient, snapshot: Snapshot, /, **options: Any) -> Any:
    return api.post("training-runs/", {"snapshot": str(snapshot.pk), **options})


def test_fine_tunes_the_champion_by_default(
    api: ApiClient, snapshot: Snapshot, serving: ModelVersion, admin: User
) -> None:
    response = _request_run(api, snapshot)
    run = TrainingRun.objects.get()
    assert response.status_code == 201
    assert response.json()["id"] == str(run.pk)
    assert (run.base, run.architecture, run.epochs) == (
        serving,
        "inknet",
        DEFAULT_EPOCHS["fine_tune"],
    )
    assert (run.by, run.trigger, run.status) == (admin, "api", RunStatus.QUEUED)


def test_makes_a_snapshot_if_none_is_given(api: ApiClient, serving: ModelVersion) -> None:
    user = make_teaching_user("new", split="training")
    for value in (2, 7):
        make_labelled_drawing(user, value)
    assert api.post("training-runs/", {}).status_code == 201
    assert TrainingRun.objects.get().snapshot == Snapshot.objects.get()


@pytest.mark.parametrize(
    ("options", "refusal"),
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
def test_refuses_an_invalid_request(
    api: ApiClient,
    snapshot: Snapshot,
    serving: ModelVersion,
    options: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    body = {name: serving.ref if value == "SERVING" else value for name, value in options.items()}
    assert problem_code(_request_run(api, snapshot, **body)) == refusal
    assert not TrainingRun.objects.exists()


def test_refuses_a_snapshot_of_one_digit(api: ApiClient, serving: ModelVersion) -> None:
    user = make_teaching_user("new", split="training")
    make_labelled_drawing(user, 3)
    make_labelled_drawing(user, 10)  # NOT_A_DIGIT_LABEL
    assert problem_code(_request_run(api, build_snapshot(by=None))) == (400, "single_class")


def test_refuses_a_base_without_files(
    api: ApiClient, snapshot: Snapshot, serving: ModelVersion
) -> None:
    name = f"{serving.folder}/weights.safetensors"
    default_storage.delete(name)
    assert problem_code(_request_run(api, snapshot)) == (400, "base_missing")


def test_refuses_a_duplicate_of_an_open_run(
    api: ApiClient, snapshot: Snapshot, serving: ModelVersion
) -> None:
    assert _request_run(api, snapshot).status_code == 201
    assert problem_code(_request_run(api, snapshot)) == (409, "already_open")
    assert _request_run(api, snapshot, seed=2).status_code == 201
    TrainingRun.objects.update(status=RunStatus.FAILED)
    assert _request_run(api, snapshot).status_code == 201


def test_cancels_a_queued_run_immediately(api: ApiClient, snapshot: Snapshot) -> None:
    run = make_run(snapshot)
    response = api.post(f"training-runs/{run.pk}/cancel/")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert response.json()["ended_at"]


def test_cancelling_a_running_run_sets_is_stopping(api: ApiClient, snapshot: Snapshot) -> None:
    run = make_run(snapshot, status=RunStatus.RUNNING)
    for _ in "twice":
        response = api.post(f"training-runs/{run.pk}/cancel/")
        assert (response.json()["status"], response.json()["is_stopping"]) == ("running", True)


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.FAILED])
def test_refuses_to_cancel_an_ended_run(
    api: ApiClient, snapshot: Snapshot, status: RunStatus
) -> None:
    run = make_run(snapshot, status=status)
    assert problem_code(api.post(f"training-runs/{run.pk}/cancel/")) == (409, "already_ended")
    assert problem_code(api.post("training-runs/nonsense/cancel/")) == (404, "not_found")


def test_list_is_paginated(api: ApiClient, snapshot: Snapshot) -> None:
    runs = [str(make_run(snapshot, seed=seed).pk) for seed in range(5)]
    first = api.get("training-runs/", limit=2).json()
    second = api.client.get(first["next"]).json()
    third = api.client.get(second["next"]).json()
    pages = [first, second, third]
    assert [run["id"] for page in pages for run in page["results"]] == sorted(runs)[::-1]
    assert third["next"] is None
    assert api.get("training-runs/", cursor="nonsense").status_code == 404
