"""The word list search in prose, comments and UI text."""

from pathlib import Path, PurePosixPath

import pytest

from tools.check_words import Rule, check_text, compile_pattern, load_rules, main

RULES = [
    Rule(compile_pattern("beside"), "Ambiguous.", "next to"),
    Rule(compile_pattern("of late"), "Old.", "recently"),
    Rule(compile_pattern("log in"), "Label.", "sign in", files=("*.html",)),
]


def found(name: str, source: str) -> list[tuple[int, str]]:
    matches = check_text(PurePosixPath(name), source, RULES)
    return [(match.line, match.text.lower()) for match in matches]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.md", "first\nIt is beside the pen.\n"),
        ("a.md", "first\n[Beside](page.md)\n"),
        ("a.py", "x = 1\ny = 2  # beside x\n"),
        ("a.py", 'def f():\n    """Beside the pen."""\n'),
        ("a.py", 'x: int\n"""An attribute beside others."""\n'),
        ("a.py", 'x = (\n    f"{n} beside {m}"\n)\n'),
        ("a.html", "<p>\nThe pen is beside it.</p>"),
        ("a.html", '<br>\n<button title="beside it">'),
        ("a.html", "<br>\n{# beside the form #}"),
        ("a.js", "const x = 1;\nconst y = 2; // beside x\n"),
        ("a.js", "/**\n * Draws beside x. */\n"),
        ("a.js", "const a = /['\"]/;\nshow(`beside ${a}`);\n"),
    ],
)
def test_finds_a_word_and_its_line(name: str, source: str) -> None:
    assert found(name, source) == [(2, "beside")]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.md", "Use `beside` here.\n\n```\nbeside\n```\n\n    beside\n\n[x](beside.md)\n"),
        ("a.md", "See beside.py, workers/beside and beside_all; call beside().\n"),
        ("a.py", "beside = 1\n"),
        ("a.py", 'queue = "beside"\n'),
        ("a.py", 'x = f"{beside} or {other.beside}"\n'),
        ("tests/a.py", 'text = "It is beside"\n'),
        ("a.html", "{% beside %}{{ beside }}<a class='beside' href='/beside/'>x</a>"),
        ("a.html", "<script>beside = 1;</script><style>p { beside: 1 }</style>"),
        ("a.js", 'import { beside } from "./beside.js";\n'),
        ("a.js", "const x = `${beside} here`;\n"),
        ("a.py", "# Users log in here.\n"),
    ],
)
def test_ignores_code(name: str, source: str) -> None:
    assert found(name, source) == []


def test_finds_a_phrase_across_lines_of_a_comment() -> None:
    assert found("a.py", "# This was changed of\n# late.\n") == [(1, "of late")]
    assert found("a.py", "x = 1  # instead of\nlate = 2  # late\n") == []


def test_skips_marked_lines_only_where_words_are_quoted() -> None:
    line = "| user | beside | <!-- words: quoted -->\n"
    assert found("docs/glossary.md", line) == []
    assert found("docs/other.md", line) == [(1, "beside")]


def test_the_word_list_is_valid() -> None:
    rules = load_rules()
    assert len(rules) > 50
    assert all(rule.reason and rule.replacement for rule in rules)
    assert not [rule.pattern for rule in rules if rule.pattern.search("")]


def test_prints_place_reason_and_replacement(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).resolve().parents[2]
    assert main([str(root / "LICENSE"), str(root / "CODE_OF_CONDUCT.md")]) == 0
    assert capsys.readouterr().out == ""
    match = check_text(PurePosixPath("a.md"), "beside", RULES)[0]
    assert str(match) == "a.md:1: “beside”: Ambiguous. Use: next to"
