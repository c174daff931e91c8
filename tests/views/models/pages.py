"""Reading the model pages in tests."""

import json
import re
from typing import Any

from django.test import Client


def get_page(browser: Client, path: str) -> str:
    """Return the text of a page with single spaces."""
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split()).replace("\N{NO-BREAK SPACE}", " ")


def parse_page_state(page: str) -> Any:
    """Return the JSON of the charts."""
    found = re.search(r'<script id="state" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def count_unavailable(page: str) -> int:
    """Return the number of sections that are not available."""
    return page.count("data-not-available")
