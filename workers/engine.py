"""The loaded models by their hash, the champion among them, swapped while the worker runs."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.conf import settings

from ml.card import CannotLoadRelease
from ml.predictor import Predictor, load_predictor
from recognizer.models import ModelVersion
from recognizer.registry import CannotFetch, champion, fetch_model, promote_first_model

log = logging.getLogger(__name__)

CHAMPION_LASTS_S = 0.5
"""A promotion serves within a second; asking costs one query in half a second, not one a task."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that can answer: its row's id, the name that answers carry, the network."""

    model_id: int
    label: str
    predictor: Predictor


class Engine:
    """For one thread. Keeps what it loaded, so that a roll-back costs nothing."""

    def __init__(self) -> None:
        self._loaded: dict[str, Loaded] = {}
        self._champion: Loaded | None = None
        self._ask_again_at = 0.0

    def start(self) -> Loaded:
        """Load the champion; on the first start of a site that is the shipped model."""
        self._champion = self.load(promote_first_model(settings.FIRST_MODEL))
        return self._champion

    def champion(self) -> Loaded:
        """The model whose answers people see, at most half a second old."""
        if self._champion is None:
            return self.start()
        if time.monotonic() >= self._ask_again_at:
            self._champion = self._newest(self._champion)
        return self._champion

    def load(self, version: ModelVersion) -> Loaded:
        """Raises CannotFetch and CannotLoadRelease."""
        loaded = self._loaded.get(version.sha256)
        if loaded is None:
            folder = fetch_model(version, settings.HOME / "models")
            device = None if settings.DEVICE == "auto" else settings.DEVICE
            loaded = Loaded(version.pk, version.label, load_predictor(folder, device))
            self._loaded[version.sha256] = loaded
            log.info("Loaded %s", loaded.label)
        return loaded

    def _newest(self, serving: Loaded) -> Loaded:
        """A champion that cannot be loaded does not stop the one that serves."""
        version = champion()
        self._ask_again_at = time.monotonic() + CHAMPION_LASTS_S
        if version is None or version.pk == serving.model_id:
            return serving
        try:
            return self.load(version)
        except (CannotFetch, CannotLoadRelease):
            log.exception("%s cannot serve", version)
            return serving


engine = Engine()
