"""Extraction of prose from source files.

Every extractor returns a text with the same lines as its source. Code is replaced by one character
per line, and comment markers by blanks: a phrase may continue on the next line of a comment, but
not across code.
"""

import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

CODE = "¤"
Span = tuple[int, int]

_LINE_OF_CODE = re.compile(r"[^\S\n]*\S[^\n]*")
_INLINE_CODE = re.compile(r"``.+?``|`[^`\n]+`")
_MARKDOWN_CODE = re.compile(
    r"^(?P<fence> *(?:```|~~~)).*?^(?P=fence)|^(?: {4}|\t)(?![*+-] ).*?$|``.+?``|`[^`]+?`"
    r"|(?<=\])\([^)\s]+\)|https?://\S+|<!--|-->|<[^>\n]+>",
    re.DOTALL | re.MULTILINE,
)
_TEMPLATE_CODE = re.compile(
    r"<(?P<raw>script|style)\b.*?</(?P=raw)>|\{%.*?%\}|\{\{.*?\}\}|\{#|#\}|<!--|-->", re.DOTALL
)
_TAG = re.compile(r"<[/!a-zA-Z][^>]*>")
_TEXT_ATTRIBUTE = re.compile(r'\b(?:title|alt|placeholder|aria-label)="([^"]*)"')
_JS_PIECE = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"
    r"|(?<=[=(,:?!&|])\s?/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/",
    re.DOTALL,
)
_COMMENT_MARKER = re.compile(r"//|/\*+|\*+/|^\s*\*", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\$?\{[^{}]*\}")
_STRING_PREFIX = re.compile(r"[a-zA-Z]*")
_STATEMENT_START = (
    tokenize.ENCODING, tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT,
    tokenize.COMMENT,
)  # fmt: skip


def extract_prose(path: PurePosixPath, source: str) -> str:
    """Return the prose of a file; the name decides what kind of file it is."""
    if path.suffix == ".py":
        # Strings of tests are input and expected output.
        return extract_python(source, with_strings=path.parts[0] != "tests")
    return PROSE_EXTRACTORS[path.suffix](source)


def extract_markdown(source: str) -> str:
    return _MARKDOWN_CODE.sub(_mask_match, source)


def extract_template(source: str) -> str:
    """Return text, comments and the attributes that users read."""
    return _TAG.sub(_mask_tag, _TEMPLATE_CODE.sub(_mask_match, source))


def extract_python(source: str, *, with_strings: bool = True) -> str:
    """Return comments and docstrings; with_strings adds other strings that contain a blank."""
    return _keep(source, _python_spans(source, with_strings=with_strings))


def extract_javascript(source: str) -> str:
    """Return comments and the strings that contain a blank."""
    return _keep(source, _javascript_spans(source))


PROSE_EXTRACTORS: dict[str, Callable[[str], str]] = {
    ".md": extract_markdown,
    ".html": extract_template,
    ".py": extract_python,
    ".js": extract_javascript,
}


def _python_spans(source: str, *, with_strings: bool) -> Iterator[tuple[Span, str]]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    depth = 0  # of brackets
    previous = tokenize.ENCODING
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        span = (
            starts[token.start[0] - 1] + token.start[1],
            starts[token.end[0] - 1] + token.end[1],
        )
        if token.type == tokenize.COMMENT:
            yield span, " " + _mask_inline_code(token.string[1:])
        elif tokenize.tok_name[token.type] in ("STRING", "FSTRING_MIDDLE"):
            is_docstring = previous in _STATEMENT_START and depth == 0
            if is_docstring or (with_strings and " " in token.string):
                yield span, _mask_string(token.string)
        elif token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        previous = token.type


def _javascript_spans(source: str) -> Iterator[tuple[Span, str]]:
    for piece in _JS_PIECE.finditer(source):
        if piece["comment"]:
            yield piece.span(), _mask_inline_code(_COMMENT_MARKER.sub(" ", piece.group()))
        elif piece["string"] and " " in piece["string"]:
            yield piece.span(), _mask_string(piece.group())


def _keep(source: str, spans: Iterator[tuple[Span, str]]) -> str:
    """Return the source with the text of the spans in place and everything else masked."""
    parts, end = [], 0
    for (start, stop), text in spans:
        parts += [_mask(source[end:start]), text]
        end = stop
    return "".join([*parts, _mask(source[end:])])


def _mask(code: str) -> str:
    return _LINE_OF_CODE.sub(CODE, code)


def _mask_match(match: re.Match[str]) -> str:
    return _mask(match.group())


def _mask_inline_code(text: str) -> str:
    return _INLINE_CODE.sub(_mask_match, text)


def _mask_string(text: str) -> str:
    """Mask the prefix of a string literal and the placeholders in it."""
    prefix = _STRING_PREFIX.match(text)
    length = prefix.end() if prefix and text[prefix.end() : prefix.end() + 1] in ("'", '"') else 0
    body = text[length:]
    inner = body if body.startswith("`") else _mask_inline_code(body)
    return _mask(text[:length]) + _PLACEHOLDER.sub(_mask_match, inner)


def _mask_tag(tag: re.Match[str]) -> str:
    spans = ((found.span(1), found.group(1)) for found in _TEXT_ATTRIBUTE.finditer(tag.group()))
    return _keep(tag.group(), spans)
