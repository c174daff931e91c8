"""Console output: errors and restarts, selected from the logs of the processes."""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from recognizer.log_formatter import escape_control_characters

REPORTED_PATTERN = re.compile(
    r"\b(ERROR|CRITICAL)\b|^(\w[\w.]*)?(Error|Exception)\b|\b(WARN|INFO) exited: "
)
EXIT_PATTERN = re.compile(r"\bexited: (\S+) \(")
TRACEBACK_HEADING = "Traceback (most recent call last):"
MAX_LINES_PER_REPORT = 5
MAX_CAUSE_CHARACTERS = 500


def print_line(text: str) -> None:
    """Print to the console. Ignores a closed terminal, so that the site can still stop."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class LogTail:
    """Reads the logs of one folder from their current end; handles their rotation.

    `exits` counts the exits of each program, `last_exit_at` is the monotonic time of the last one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets = {path: path.stat().st_size for path in folder.glob("*.log")}
        self._traceback_indents: dict[Path, int] = {}
        self._last_errors: dict[str, str] = {}
        self.exits: Counter[str] = Counter()
        self.last_exit_at = 0.0

    def report(self) -> None:
        """Print new errors and exits, at most MAX_LINES_PER_REPORT of each log."""
        for path in sorted(self._folder.glob("*.log")):
            lines = list(self._select(path, self._read_new_lines(path)))
            for line in lines[:MAX_LINES_PER_REPORT]:
                print_line(f"{path.stem}: {line}")
            if len(lines) > MAX_LINES_PER_REPORT:
                print_line(f"{path.stem}: {len(lines) - MAX_LINES_PER_REPORT} more lines in {path}")

    def describe_cause(self, program: str | None = None) -> str:
        """Return the last error of a program, or of all programs, and where the logs are."""
        found = {name: line for name, line in self._last_errors.items() if program in (None, name)}
        lines = [f"\n  {name}: {line[:MAX_CAUSE_CHARACTERS]}" for name, line in found.items()]
        where = self._folder / f"{program or '*'}.log"
        return "".join([*lines, f"\nSee {where}"])

    def _select(self, path: Path, lines: list[str]) -> Iterator[str]:
        """Yield errors, exits, and the exception below each traceback."""
        for raw in lines:
            line = escape_control_characters(raw)
            text = line.lstrip()
            indent = len(line) - len(text)
            if text.startswith(TRACEBACK_HEADING):
                self._traceback_indents[path] = indent
            elif text and self._traceback_indents.get(path) == indent:
                del self._traceback_indents[path]
                self._last_errors[path.stem] = text
                yield text
            elif REPORTED_PATTERN.search(line):
                self._note(path.stem, line)
                yield line

    def _note(self, name: str, line: str) -> None:
        if found := EXIT_PATTERN.search(line):
            self.exits[found[1]] += 1
            self.last_exit_at = time.monotonic()
        else:
            self._last_errors[name] = line

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
        return whole.decode(errors="replace").split("\n")
