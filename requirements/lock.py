"""Writes each NAME.txt from NAME.in: every package that gets installed, with its exact version.

`make lock` keeps the versions that are written already and adds what is new;
`make lock UPGRADE=1` takes the newest of everything. Standard library and pip only.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# In this order: what an earlier file pins, the later ones take over.
NAMES = ("web", "worker", "run", "train", "dev", "bench", "torch-cpu", "torch-cuda")
HEADER = "# Written by `make lock` from {name}.in; edit that one.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="forget the present versions")
    upgrade = parser.parse_args().upgrade
    pins = {} if upgrade else read_pins(*FOLDER.glob("*.txt"))
    for name in NAMES:
        found = resolve(name, pins)
        pins |= {key: pin for key, pin in found.items() if key != "torch"}
        write_lock(name, found)
        sys.stdout.write(f"{name}.txt: {len(found)} packages\n")


def resolve(name: str, pins: dict[str, str]) -> dict[str, str]:
    """What pip would install for NAME.in on an empty machine: `{key: "Package==1.2"}`."""
    with tempfile.TemporaryDirectory() as folder:
        constraints, report = Path(folder, "constraints.txt"), Path(folder, "report.json")
        constraints.write_text("\n".join(pins.values()))
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"),
                *("-qq", "--retries", "0", "--report", report),
                *("-c", constraints, "-r", FOLDER / f"{name}.in"),
            ],
            check=True,
            env=_environment(name),
        )
        installed = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    return {_key(it["name"]): f"{it['name']}=={it['version']}" for it in installed}


def read_pins(*files: Path) -> dict[str, str]:
    lines = [line for file in files for line in file.read_text().splitlines()]
    pins = [line for line in lines if re.match(r"[\w.-]+==", line) and ";" not in line]
    return {_key(pin.split("==")[0]): pin for pin in pins if not pin.startswith("torch==")}


def write_lock(name: str, found: dict[str, str]) -> None:
    """Options and lines for one platform are kept as the .in has them."""
    kept = [
        line
        for line in (FOLDER / f"{name}.in").read_text().splitlines()
        if line.startswith("--") or (";" in line and not line.startswith("#"))
    ]
    said = {_key(re.split(r"[=<>~; ]", line)[0]) for line in kept}
    pins = [found[key] for key in sorted(found) if key not in said]
    (FOLDER / f"{name}.txt").write_text(HEADER.format(name=name) + "\n".join(kept + pins) + "\n")


def _environment(name: str) -> dict[str, str]:
    if name != "torch-cuda":
        return dict(os.environ)
    # A CPU build lying in a local folder would win over the published CUDA build.
    return os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
