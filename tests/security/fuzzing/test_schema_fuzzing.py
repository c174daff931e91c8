"""Fuzzing of the HTTP API against its OpenAPI document."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.fixtures.site_process import SiteProcess
from tests.golden.conftest import read_expected
from tests.security.site_users import create_reviewer, create_token, create_user

EXAMPLES = 12
# A schema cannot express that x of a point is bounded and t is not, nor the format of a cursor.
EXCLUDED = [positive_data_acceptance]


def _operations() -> dict[str, Any]:
    """Return the operations by id, from the recorded document, which a golden test keeps current.

    This file is read by every test process, and generating the document takes seconds.
    """
    schema: Any = schemathesis.openapi.from_dict(read_expected("openapi"))
    operations = [found.ok() for found in schema.get_all_operations()]
    return {operation.label: operation for operation in operations}


def _takes_anything(operation: Any) -> bool:
    """Return whether the request has any input."""
    return bool(operation.path_parameters or operation.query or operation.body)


OPERATIONS = _operations()
CASES = [
    (name, mode)
    for name, operation in OPERATIONS.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or _takes_anything(operation)
]


@pytest.fixture(scope="module")
def key(live_site: SiteProcess) -> str:
    """A token of a reviewer, who has more permissions than users but cannot change the site."""
    name = create_user(live_site)
    create_reviewer(live_site, name)
    return create_token(live_site, name)


@pytest.mark.parametrize(("name", "mode"), CASES, ids=lambda part: getattr(part, "name", part))
def test_every_response_matches_the_schema(
    live_site: SiteProcess, key: str, name: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(OPERATIONS[name].as_strategy(generation_mode=mode))
    def send_request(case: Any) -> None:
        case.call_and_validate(
            base_url=live_site.base_url,
            headers={"Authorization": f"Token {key}"},
            excluded_checks=EXCLUDED,
        )

    send_request()


def test_every_operation_of_the_schema_is_tested() -> None:
    assert len(OPERATIONS) >= 13
    assert {name for name, _ in CASES} == set(OPERATIONS)
