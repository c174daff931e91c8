"""Search prose, comments and UI text for the words listed in words.toml.

`python -m tools.check_words [FILE …]` prints FILE:LINE, the word, the reason and a replacement for
each match, and exits with 1 if there is one. Without arguments it checks all files in git.
"""

import argparse
import fnmatch
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.prose import PROSE_EXTRACTORS, extract_prose

ROOT = Path(__file__).resolve().parent.parent
WORD_LIST = Path(__file__).with_name("words.toml")
ESCAPE = "words: quoted"
"""A line with this comment is skipped, in the files that may quote words only."""
ESCAPE_FILES = ("docs/glossary.md", "CHANGELOG.md")
SKIPPED_FILES = ("*/migrations/*",)
BEFORE_WORD = r"(?<![\w/.$@-])"
AFTER_WORD = r"(?!\w|[./-]\w|\()"
"""Conditions before and after a match: `beside.js`, `beside()` and `a/beside` are names."""


@dataclass(frozen=True)
class Rule:
    """A pattern of the word list. `files` and `skip` are globs of paths below the root."""

    pattern: re.Pattern[str]
    reason: str
    replacement: str
    files: tuple[str, ...] = ("*",)
    skip: tuple[str, ...] = ()

    def applies_to(self, path: PurePosixPath) -> bool:
        return matches_any(path, self.files) and not matches_any(path, self.skip)


@dataclass(frozen=True, order=True)
class Match:
    """A word that was found. Lines count from 1."""

    path: str
    line: int
    text: str
    reason: str
    replacement: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: “{self.text}”: {self.reason} Use: {self.replacement}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.check_words", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="default: all files in git")
    files: list[Path] = parser.parse_args(arguments).files or list_files()
    rules = load_rules()
    matches = [match for file in files for match in check_file(file, rules)]
    for match in matches:
        print(match)
    if matches:
        print(f"{len(matches)} matches in {len({m.path for m in matches})} files", file=sys.stderr)
    return 1 if matches else 0


def list_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - git is wherever PATH has it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def load_rules(word_list: Path = WORD_LIST) -> list[Rule]:
    entries = tomllib.loads(word_list.read_text())["rule"]
    return [
        Rule(
            compile_pattern(entry["pattern"]),
            entry["reason"],
            entry["use"],
            tuple(entry.get("files", ["*"])),
            tuple(entry.get("skip", [])),
        )
        for entry in entries
    ]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of the list: whole words, in any case; a space matches a line break too."""
    spaced = pattern.replace(" ", r"\s+")
    return re.compile(f"{BEFORE_WORD}(?:{spaced}){AFTER_WORD}", re.IGNORECASE)


def check_file(file: Path, rules: Sequence[Rule]) -> Iterator[Match]:
    """Yield the matches in a file in the order of their lines; none if it has no known type."""
    path = PurePosixPath(file.resolve().relative_to(ROOT).as_posix())
    if path.suffix not in PROSE_EXTRACTORS or matches_any(path, SKIPPED_FILES):
        return
    yield from check_text(path, file.read_text(), rules)


def check_text(path: PurePosixPath, source: str, rules: Sequence[Rule]) -> list[Match]:
    prose = extract_prose(path, source)
    lines = source.splitlines()
    found = []
    for rule in rules:
        if not rule.applies_to(path):
            continue
        for hit in rule.pattern.finditer(prose):
            line = prose.count("\n", 0, hit.start()) + 1
            if str(path) in ESCAPE_FILES and ESCAPE in lines[line - 1]:
                continue
            text = " ".join(hit.group().split())
            found.append(Match(str(path), line, text, rule.reason, rule.replacement))
    return sorted(found)


def matches_any(path: PurePosixPath, globs: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(str(path), glob) for glob in globs)


if __name__ == "__main__":
    sys.exit(main())
