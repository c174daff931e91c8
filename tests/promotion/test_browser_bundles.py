"""The champion's browser bundle over HTTP."""

import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import ModelVersion, PromotionKind
from recognizer.registry.artifact_store import register_model
from recognizer.registry.browser_bundles import load_champion_json
from recognizer.registry.promotion import append_promotion

pytestmark = pytest.mark.django_db
WEIGHTS = Path(settings.ROOT) / "ml" / "weights"


def register(name: str, *, is_promoted: bool) -> ModelVersion:
    version = register_model(WEIGHTS / name)
    if is_promoted:
        append_promotion(model=version, by=None, reason="first", kind=PromotionKind.FIRST)
    return version


def test_anyone_can_fetch_the_bundle_of_the_champion(client: Client) -> None:
    register("inknet", is_promoted=True)
    champion = load_champion_json()
    assert champion is not None
    assert champion["browser"] is not None
    response = client.get(champion["browser"]["url"])
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(response.content).hexdigest() == champion["browser"]["sha256"]


def test_without_the_hash_the_bundle_is_not_immutable(client: Client) -> None:
    version = register("fnn", is_promoted=True)
    response = client.get(f"/api/v1/models/{version.ref}/browser/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, no-cache"


def test_refuses_another_hash_and_models_that_never_served(client: Client) -> None:
    served, other = register("fnn", is_promoted=True), register("inknet", is_promoted=False)
    for path in (f"{served.ref}/browser/?sha256={'0' * 64}", f"{other.ref}/browser/", "x/browser/"):
        assert client.get(f"/api/v1/models/{path}").status_code == 404


def test_a_champion_without_bundle_is_named(client: Client) -> None:
    version = register("mlp", is_promoted=True)
    assert load_champion_json() == {"model": version.ref, "browser": None}
    assert client.get(f"/api/v1/models/{version.ref}/browser/").status_code == 404
