"""A champion, three shown models, and recognized drawings."""

from pathlib import Path

import pytest
from django.conf import settings

from recognizer.models import Drawing, ModelVersion, User
from recognizer.protocol import SideBySideRequest
from recognizer.registry.artifact_store import register_model
from recognizer.registry.promotion import promote_default_model
from recognizer.side_by_side.shown_models import set_shown_models
from tests.api.factories import make_recognized_drawing
from tests.fixtures.releases import SHIPPED, register_variant
from tests.side_by_side.sample_rasters import make_raster

WEIGHTS = SHIPPED.parent


@pytest.fixture
def champion(db: None) -> ModelVersion:
    return promote_default_model(SHIPPED)


@pytest.fixture
def side_by_side_models(champion: ModelVersion, tmp_path: Path) -> list[ModelVersion]:
    """A variant of the champion, which can reject, and two baseline models, which cannot."""
    versions = [
        register_variant(tmp_path, name="a-challenger", temperature=2.0),
        *(register_model(WEIGHTS / name) for name in ("cnn_xavier", "fnn")),
    ]
    set_shown_models([version.ref for version in versions])
    return versions


@pytest.fixture
def drawing(owner: User, champion: ModelVersion) -> Drawing:
    """A recognized seven."""
    drawing = make_recognized_drawing(owner, digit=7, model=champion)
    assert drawing.prediction is not None
    drawing.prediction.raster = make_raster(7)
    drawing.prediction.save(update_fields=["raster"])
    return drawing


@pytest.fixture
def side_by_side_request(drawing: Drawing) -> SideBySideRequest:
    return SideBySideRequest(drawing.owner_id, str(drawing.pk), drawing.revision)


def cached_files(version: ModelVersion) -> Path:
    """Return the folder where workers cache its files."""
    return Path(settings.STATE_DIR) / "models" / version.sha256
