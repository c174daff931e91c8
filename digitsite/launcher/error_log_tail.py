"""Console output: errors and restarts, selected from the logs of the processes."""

import re
import sys
from contextlib import suppress
from pathlib import Path

REPORTED_PATTERN = re.compile(
    r"\b(ERROR|CRITICAL)\b|^\w[\w.]*(Error|Exception)\b|\b(WARN|INFO) exited: "
)
MAX_LINES_PER_REPORT = 5


def print_line(text: str) -> None:
    """Print to the console. Ignores a closed terminal, so that the site can still stop."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class LogTail:
    """Reads the logs of one folder from their current end; handles their rotation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets = {path: path.stat().st_size for path in folder.glob("*.log")}

    def report(self) -> None:
        """Print new errors and exits, at most MAX_LINES_PER_REPORT of each log."""
        for path in sorted(self._folder.glob("*.log")):
            lines = [line for line in self._read_new_lines(path) if REPORTED_PATTERN.search(line)]
            for line in lines[:MAX_LINES_PER_REPORT]:
                print_line(f"{path.stem}: {line}")
            if len(lines) > MAX_LINES_PER_REPORT:
                print_line(f"{path.stem}: {len(lines) - MAX_LINES_PER_REPORT} more lines in {path}")

    def _read_new_lines(self, path: Path) -> list[str]:
        start = self._offsets.get(path, 0)
        size = path.stat().st_size
        if size < start:
            start = 0
        with path.open("rb") as file:
            file.seek(start)
            text = file.read(size - start)
        whole, _, _ = text.rpartition(b"\n")
        self._offsets[path] = start + len(whole) + bool(whole)
        return whole.decode(errors="replace").splitlines()
