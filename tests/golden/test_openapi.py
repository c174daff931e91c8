"""The OpenAPI document."""

import json
from io import StringIO

from django.core.management import call_command

from tests.golden.conftest import Golden


def test_the_document_is_the_same(golden: Golden) -> None:
    out = StringIO()
    call_command("spectacular", format="openapi-json", stdout=out)
    golden("openapi", json.loads(out.getvalue()))
