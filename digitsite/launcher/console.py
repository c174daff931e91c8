"""What the person at the console reads: restarts and errors, picked from the processes' logs."""

import re
import sys
import time
from contextlib import suppress
from pathlib import Path

ERROR = re.compile(r"\b(ERROR|CRITICAL)\b|^\w[\w.]*(Error|Exception)\b")
ENDED = re.compile(r"exited: (\w+) \((.+?); (?:not )?expected\)")
STARTED = re.compile(r"spawned: '(\w+)' with pid (\d+)")
LINES_AT_ONCE = 5
SAY_AGAIN_AFTER_S = 30.0


def say(text: str) -> None:
    """A console that is gone, a closed terminal for one, does not keep the site from ending."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class LogWatch:
    """Follows the logs of one home from where they end now; survives their rotation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_to = {path: path.stat().st_size for path in folder.glob("*.log")}
        self._ended: set[str] = set()
        self._said_at: dict[str, float] = {}

    def report(self) -> None:
        """Say what is new; of a flood only the first lines and where the rest is."""
        for path in sorted(self._folder.glob("*.log")):
            lines = self._new_lines(path)
            if path.stem == "supervisor":
                said = [text for line in lines if (text := self._state(line))]
            else:
                said = [f"{path.stem}: {line}" for line in lines if ERROR.search(line)]
            for text in said[:LINES_AT_ONCE]:
                say(text)
            if len(said) > LINES_AT_ONCE:
                say(f"{path.stem}: {len(said) - LINES_AT_ONCE} more such lines in {path}")

    def _new_lines(self, path: Path) -> list[str]:
        start = self._read_to.get(path, 0)
        size = path.stat().st_size
        if size < start:
            start = 0
        with path.open("rb") as file:
            file.seek(start)
            text = file.read(size - start)
        whole, _, _ = text.rpartition(b"\n")
        self._read_to[path] = start + len(whole) + bool(whole)
        return whole.decode(errors="replace").splitlines()

    def _state(self, line: str) -> str | None:
        if ended := ENDED.search(line):
            return self._ending(name=ended[1], how=ended[2])
        if (started := STARTED.search(line)) and started[1] in self._ended:
            self._ended.discard(started[1])
            return f"{started[1]} is back (process {started[2]})."
        return None

    def _ending(self, *, name: str, how: str) -> str | None:
        """Of a process that ends again and again only the first end is said, twice a minute."""
        now = time.monotonic()
        if now - self._said_at.get(name, -SAY_AGAIN_AFTER_S) < SAY_AGAIN_AFTER_S:
            return None
        self._said_at[name] = now
        self._ended.add(name)
        return f"{name} has ended ({how}); it is started again. See {self._folder / name}.log"
