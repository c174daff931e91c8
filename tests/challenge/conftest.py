"""The pipeline behind the challenge, and users who play it."""

from tests.api.conftest import (  # noqa: F401 - fixtures
    anonymous_api,
    outsider_api,
    owner_api,
    pipeline,
)
