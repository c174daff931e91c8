"""What the person at the console reads: restarts and errors, picked from the processes' logs."""

import re
import sys
import time
from contextlib import suppress
from pathlib import Path

ERROR_PATTERN = re.compile(r"\b(ERROR|CRITICAL)\b|^\w[\w.]*(Error|Exception)\b")
EXITED_PATTERN = re.compile(r"exited: (\w+) \((.+?); (?:not )?expected\)")
SPAWNED_PATTERN = re.compile(r"spawned: '(\w+)' with pid (\d+)")
MAX_LINES_PER_REPORT = 5
REPEAT_INTERVAL_S = 30.0


def print_line(text: str) -> None:
    """A console that is gone, a closed terminal for one, does not keep the site from ending."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class LogTail:
    """Follows the logs of one home from where they end now; survives their rotation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets = {path: path.stat().st_size for path in folder.glob("*.log")}
        self._ended: set[str] = set()
        self._reported_at: dict[str, float] = {}

    def report(self) -> None:
        """Say what is new; of a flood only the first lines and where the rest is."""
        for path in sorted(self._folder.glob("*.log")):
            lines = self._new_lines(path)
            if path.stem == "supervisor":
                said = [text for line in lines if (text := self._state(line))]
            else:
                said = [f"{path.stem}: {line}" for line in lines if ERROR_PATTERN.search(line)]
            for text in said[:MAX_LINES_PER_REPORT]:
                print_line(text)
            if len(said) > MAX_LINES_PER_REPORT:
                print_line(
                    f"{path.stem}: {len(said) - MAX_LINES_PER_REPORT} more such lines in {path}"
                )

    def _new_lines(self, path: Path) -> list[str]:
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

    def _state(self, line: str) -> str | None:
        if ended := EXITED_PATTERN.search(line):
            return self._describe_exit(name=ended[1], how=ended[2])
        if (started := SPAWNED_PATTERN.search(line)) and started[1] in self._ended:
            self._ended.discard(started[1])
            return f"{started[1]} is back (process {started[2]})."
        return None

    def _describe_exit(self, *, name: str, how: str) -> str | None:
        """Of a process that ends again and again only the first end is said, twice a minute."""
        now = time.monotonic()
        if now - self._reported_at.get(name, -REPEAT_INTERVAL_S) < REPEAT_INTERVAL_S:
            return None
        self._reported_at[name] = now
        self._ended.add(name)
        return f"{name} has ended ({how}); it is started again. See {self._folder / name}.log"
