"""Renders the Helm chart without Helm: `python -m tools.render_chart` prints the manifests.

It knows the part of Helm's templates that the chart uses, and refuses everything else: variables,
paths, `if`, `range`, `define`, comments, and the functions in FUNCTIONS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parent.parent / "ops" / "helm" / "digitsite"
ACTION = re.compile(r"\{\{(-(?=\s))?\s*(.*?)\s*((?<=\s)-)?\}\}", re.S)
WORD = re.compile(r'"(?:[^"\\]|\\.)*"|:=|[|(),]|[^\s|(),"]+')
HEADER = (
    "# The chart in ops/helm/digitsite with its default values. Written by tools/render_chart.py.\n"
)

Scope = dict[str, Any]


@dataclass
class Node:
    """A part of a template: text, an expression, or a block with its branches."""

    kind: str
    words: list[str] = field(default_factory=list)
    text: str = ""
    body: list[Node] = field(default_factory=list)
    otherwise: list[Node] = field(default_factory=list)


def render_chart(overrides: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the objects of the chart; `overrides` are merged into values.yaml, as Helm does."""
    values = _merge(yaml.safe_load((CHART / "values.yaml").read_text()), overrides or {})
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    root = {
        "Values": values,
        "Chart": {"AppVersion": chart["appVersion"]},
        "Release": {"Name": "digitsite", "Namespace": "default", "Service": "Helm"},
    }
    templates = {
        path.name: _parse(path.read_text()) for path in sorted((CHART / "templates").iterdir())
    }
    renderer = Renderer(
        {
            node.words[1]: node.body
            for nodes in templates.values()
            for node in nodes
            if node.kind == "define"
        }
    )
    objects: list[dict[str, Any]] = []
    for name, nodes in templates.items():
        text = renderer.render(nodes, root, {"$": root})
        if name.endswith(".yaml"):
            objects += [it for it in yaml.safe_load_all(text) if it]
    return objects


def _merge(base: Any, overrides: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(overrides, Mapping):
        return overrides
    merged = dict(base)
    for key, value in overrides.items():
        merged[key] = _merge(base.get(key), value)
    return merged


def _parse(text: str) -> list[Node]:
    """Return the nodes of a template. Raises ValueError if a block has no end."""
    nodes, rest = _parse_block(_split(text))
    if rest:
        raise ValueError(f"a block ends that did not begin, at {rest}")
    return nodes


def _split(text: str) -> Iterator[Node]:
    """Yield text and actions. A dash next to the braces removes white space on that side."""
    position, trims = 0, False
    for found in ACTION.finditer(text):
        before = text[position : found.start()]
        before = before.lstrip() if trims else before
        yield Node("text", text=before.rstrip() if found[1] else before)
        position, trims = found.end(), bool(found[3])
        if not found[2].startswith("/*"):
            words = WORD.findall(found[2])
            yield Node(words[0], words)
    yield Node("text", text=text[position:].lstrip() if trims else text[position:])


def _parse_block(parts: Iterator[Node]) -> tuple[list[Node], str]:
    """Return the nodes up to the end of a block, and the word that ended it."""
    nodes: list[Node] = []
    for node in parts:
        if node.kind in ("end", "else"):
            return nodes, node.kind
        if node.kind in ("if", "range", "define"):
            node.body, ended_by = _parse_block(parts)
            if ended_by == "else":
                node.otherwise, ended_by = _parse_block(parts)
            if ended_by != "end":
                raise ValueError(f"a block has no end: {' '.join(node.words)}")
        nodes.append(node)
    return nodes, ""


class Renderer:
    """Renders nodes; `defined` are the named templates of the chart, by name in quotes."""

    def __init__(self, defined: Mapping[str, list[Node]]) -> None:
        self._defined = defined

    def render(self, nodes: list[Node], dot: Any, scope: Scope) -> str:
        return "".join(self._render_node(node, dot, scope) for node in nodes)

    def _render_node(self, node: Node, dot: Any, scope: Scope) -> str:
        if node.kind == "text":
            return node.text
        if node.kind == "define":
            return ""
        if node.kind == "if":
            branch = node.body if self._evaluate(node.words[1:], dot, scope) else node.otherwise
            return self.render(branch, dot, dict(scope))
        if node.kind == "range":
            return self._render_range(node, dot, scope)
        if ":=" in node.words:
            scope[node.words[0]] = self._evaluate(node.words[2:], dot, scope)
            return ""
        return _text_of(self._evaluate(node.words, dot, scope))

    def _render_range(self, node: Node, dot: Any, scope: Scope) -> str:
        at = node.words.index(":=")
        names = [word for word in node.words[1:at] if word != ","]
        values = self._evaluate(node.words[at + 1 :], dot, scope) or []
        pairs = sorted(values.items()) if isinstance(values, Mapping) else enumerate(values)
        return "".join(
            self.render(
                node.body, pair[1], {**scope, **dict(zip(names, pair[-len(names) :], strict=True))}
            )
            for pair in pairs
        )

    def _evaluate(self, words: list[str], dot: Any, scope: Scope) -> Any:
        value, rest = self._evaluate_pipeline(words, dot, scope)
        if rest:
            raise ValueError(f"not understood: {' '.join(rest)}")
        return value

    def _evaluate_pipeline(self, words: list[str], dot: Any, scope: Scope) -> tuple[Any, list[str]]:
        value, words = self._evaluate_command(words, dot, scope, [])
        while words and words[0] == "|":
            value, words = self._evaluate_command(words[1:], dot, scope, [value])
        return value, words

    def _evaluate_command(
        self, words: list[str], dot: Any, scope: Scope, piped: list[Any]
    ) -> tuple[Any, list[str]]:
        """Call a function with its arguments; the result of the previous command is the last."""
        name, arguments = words[0], []
        is_call = name == "include" or name in FUNCTIONS
        rest = words[1:] if is_call else words
        while rest and rest[0] not in ("|", ")"):
            value, rest = self._evaluate_term(rest, dot, scope)
            arguments.append(value)
        arguments += piped
        if name == "include":
            template, argument = arguments
            return self.render(self._defined[f'"{template}"'], argument, {"$": argument}), rest
        if is_call:
            return FUNCTIONS[name](*arguments), rest
        [value] = arguments
        return value, rest

    def _evaluate_term(self, words: list[str], dot: Any, scope: Scope) -> tuple[Any, list[str]]:
        word, rest = words[0], words[1:]
        if word == "(":
            value, rest = self._evaluate_pipeline(rest, dot, scope)
            if not rest or rest[0] != ")":
                raise ValueError("a bracket is not closed")
            return value, rest[1:]
        if word.startswith('"'):
            return yaml.safe_load(word), rest
        if word in ("true", "false") or word.isdigit():
            return yaml.safe_load(word), rest
        start, *path = word.split(".")
        if start and not start.startswith("$"):
            raise ValueError(f"not understood: {word}")
        value = scope[start] if start else dot
        for key in filter(None, path):
            value = None if value is None else value.get(key)
        return value, rest


def _text_of(value: Any) -> str:
    if value is None:
        raise ValueError("a value is missing")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _indent(width: int, text: str) -> str:
    return "\n" + "\n".join(" " * width + line for line in text.split("\n"))


def _quote(value: Any) -> str:
    return '"' + _text_of(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": lambda *values: next((it for it in values if not it), values[-1]),
    "or": lambda *values: next((it for it in values if it), values[-1]),
    "not": lambda value: not value,
    "eq": lambda left, right: left == right,
    "default": lambda fallback, value: value or fallback,
    "dict": lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)),
    "list": lambda *values: list(values),
    "printf": lambda form, *values: form % values,
    "quote": _quote,
    "nindent": _indent,
    "toYaml": lambda value: yaml.safe_dump(value, default_flow_style=False).rstrip("\n"),
}


def format_manifests(objects: list[dict[str, Any]]) -> str:
    return HEADER + yaml.safe_dump_all(objects, explicit_start=True, sort_keys=False, width=1000)


if __name__ == "__main__":
    sys.stdout.write(format_manifests(render_chart()))
