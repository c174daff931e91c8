"""Files that the documentation names."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    ROOT / "bench/README.md",
    ROOT / "client/README.md",
    ROOT / "tests/regressions/README.md",
]
FOLDERS = (
    "bench|client|compiled|digitsite|docs|ml|ops|recognizer|static|templates|tests|tools|workers"
)
NAMED_FILE = re.compile(rf"\b(?<![/.])(?:{FOLDERS})/[\w./-]+\.(?:c|cfg|csv|h|html|js|md|py|yml)\b")
PLACEHOLDER = re.compile(r"[A-Z]{4}")


def test_named_files_exist() -> None:
    named = {
        (document.relative_to(ROOT), name)
        for document in DOCUMENTS
        for name in NAMED_FILE.findall(document.read_text())
        if not PLACEHOLDER.search(name.replace("README", ""))
    }
    assert len(named) > 50
    assert sorted(str(pair) for pair in named if not (ROOT / pair[1]).exists()) == []
