"""Download of a model as a zip."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from django.core.files.storage import default_storage
from django.test import Client

from recognizer.models import ModelVersion, PromotionKind, User
from recognizer.registry.artifact_store import register_model
from recognizer.registry.promotion import append_promotion
from tests.fixtures.site_process import ROOT
from tests.fixtures.users import SignIn
from tests.training.factories import make_run

pytestmark = pytest.mark.django_db
FILES = {"README.md", "SHA256SUMS", "browser.bin", "card.json", "model.onnx", "weights.safetensors"}


@pytest.fixture
def version(db: None) -> ModelVersion:
    return register_model(ROOT / "ml" / "weights" / "inknet")


def promote(version: ModelVersion) -> None:
    append_promotion(model=version, by=None, reason="First.", kind=PromotionKind.FIRST)


def url_of(version: ModelVersion) -> str:
    return f"/api/v1/models/{version.ref}/download/"


def test_the_zip_is_a_complete_release(
    version: ModelVersion, client: Client, tmp_path: Path
) -> None:
    promote(version)
    response = client.get(url_of(version))
    assert response["Content-Disposition"] == f'attachment; filename="{version.ref}.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / version.ref
    assert {path.name for path in folder.iterdir()} == FILES
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        sha256, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    (given,) = session.get_inputs()
    (logits, *_) = session.run(None, {given.name: np.zeros((1, 1, 28, 28), np.float32)})
    assert logits.shape == (1, 11)
    assert json.loads((folder / "card.json").read_text())["sha256"] == version.sha256
    assert register_model(folder) == version
    assert "MIT" in (folder / "README.md").read_text()


def test_a_model_that_never_served_is_for_admins(
    version: ModelVersion, client: Client, owner: User, admin: User, sign_in: SignIn
) -> None:
    assert client.get(url_of(version)).status_code == 404
    assert sign_in(owner).get(url_of(version)).status_code == 404
    assert sign_in(admin).get(url_of(version)).status_code == 200
    page = f"/models/{version.ref}/"
    assert url_of(version) not in client.get(page).text
    assert url_of(version) in sign_in(admin).get(page).text


def test_the_licence_of_a_model_trained_here_is_open(version: ModelVersion, client: Client) -> None:
    promote(version)
    make_run(None, model=version)
    with zipfile.ZipFile(io.BytesIO(b"".join(client.get(url_of(version))))) as archive:
        assert "operator of the site" in archive.read(f"{version.ref}/README.md").decode()


def test_a_model_with_a_missing_file_cannot_be_downloaded(
    version: ModelVersion, client: Client
) -> None:
    promote(version)
    default_storage.delete(f"{version.folder}/model.onnx")
    assert client.get(url_of(version)).status_code == 404
