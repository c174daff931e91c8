"""The command `digitsite`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import httpx

from digitsite_client.calls import Drawing, Label, Problem
from digitsite_client.clients import DEFAULT_WAIT_S, Client


def main(arguments: list[str] | None = None) -> int:
    parser = _build_parser()
    options = parser.parse_args(arguments)
    try:
        with Client(options.url, options.token) as client:
            return int(options.run(client, options))
    except (Problem, TimeoutError, ValueError, OSError, httpx.HTTPError) as error:
        sys.stderr.write(f"digitsite: {error}\n")
        return 1


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="digitsite", description="Draw digits on a Digitsite and label them."
    )
    parser.add_argument("--url", help="address of the site; default: DIGITSITE_URL")
    parser.add_argument("--token", help="API token; default: DIGITSITE_TOKEN")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    draw = commands.add_parser("draw", help="recognize a picture, or strokes in a JSON file")
    draw.add_argument("file", type=Path, help="PNG, JPEG, WebP or JSON; - reads JSON")
    draw.set_defaults(run=_draw)
    wait = commands.add_parser("wait", help="wait for the prediction of a drawing")
    wait.add_argument("id")
    wait.add_argument("--timeout", type=float, default=DEFAULT_WAIT_S, metavar="SECONDS")
    wait.set_defaults(run=_wait)
    label = commands.add_parser("label", help="label a drawing")
    label.add_argument("id")
    label.add_argument("label", type=_parse_label, help="0 to 9, not_a_digit, or none")
    label.set_defaults(run=_label)
    export = commands.add_parser("export", help="print all drawings as JSON lines")
    export.set_defaults(run=_export)
    return parser


def _parse_label(text: str) -> Label:
    if text == "none":
        return None
    if text == "not_a_digit":
        return text
    if text.isdecimal() and int(text) <= 9:
        return int(text)
    raise argparse.ArgumentTypeError("must be 0 to 9, not_a_digit or none")


def _draw(client: Client, options: argparse.Namespace) -> int:
    if str(options.file) == "-":
        return _show(client.draw(json.load(sys.stdin)))
    if options.file.suffix == ".json":
        return _show(client.draw(json.loads(options.file.read_text())))
    return _show(client.draw(image=options.file))


def _wait(client: Client, options: argparse.Namespace) -> int:
    return _show(client.wait(options.id, timeout_s=options.timeout))


def _label(client: Client, options: argparse.Namespace) -> int:
    return _show(client.label(options.id, options.label))


def _export(client: Client, options: argparse.Namespace) -> int:
    for drawing in client.export():
        sys.stdout.write(json.dumps(drawing.data) + "\n")
    return 0


def _show(drawing: Drawing) -> int:
    shown = {
        "id": drawing.id,
        "status": drawing.status,
        "decision": drawing.decision,
        "digit": drawing.digit,
        "confidence": drawing.confidence,
        "label": drawing.label,
    }
    sys.stdout.write(json.dumps(shown) + "\n")
    return 0 if drawing.status == "recognized" else 1
