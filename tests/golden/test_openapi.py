"""The OpenAPI document, compared with the recorded one."""

import json
from io import StringIO

from django.core.management import call_command

from tests.golden.conftest import Golden


def test_openapi_document_equals_the_recorded_one(golden: Golden) -> None:
    out = StringIO()
    call_command("spectacular", format="openapi-json", stdout=out)
    golden("openapi", json.loads(out.getvalue()))
