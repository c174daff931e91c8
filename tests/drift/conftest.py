"""A model with stored files, so that runs can start from it."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.models import ModelVersion
from tests.api.factories import MODEL_CARD, make_model_version


@pytest.fixture
def stored_files(db: None) -> ModelVersion:
    """A model of a trainable architecture, with one of its files in the storage."""
    model = make_model_version()
    model.card = {**MODEL_CARD, "files": {"model.onnx": "00"}}
    model.save()
    name = f"{model.folder}/model.onnx"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(b"a model"))
    return model
