"""At most 16 modules in a folder, so that its list can be read at a glance."""

import subprocess
from collections import Counter
from pathlib import PurePosixPath

from tests.fixtures.site_process import ROOT

MAX_MODULES = 16
SUFFIXES = (".py", ".js")
EXCEPTIONS = ("tests", "recognizer/migrations")


def test_no_folder_has_too_many_modules() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    modules = [PurePosixPath(path) for path in listed.splitlines() if path.endswith(SUFFIXES)]
    counts = Counter(
        str(module.parent)
        for module in modules
        if not str(module).startswith(EXCEPTIONS) and module.name != "__init__.py"
    )
    assert counts["ml/data"] > 1
    assert {folder: count for folder, count in counts.items() if count > MAX_MODULES} == {}
