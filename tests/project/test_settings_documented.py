"""docs/deploy.md lists every setting that is read from the environment, and no other."""

import re
from pathlib import Path

from digitsite.settings import env

DEPLOY = Path(__file__).resolve().parent.parent.parent / "docs" / "deploy.md"


def documented() -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", DEPLOY.read_text(), re.M)


def test_every_setting_is_in_the_table_once() -> None:
    assert sorted(documented()) == sorted(env.declared)
