"""Asks for known flaws of every locked package. `make audit`.

Ends with 0 when each was looked up and none has a known flaw, with 1 when one has, and with 2 when
some could not be looked up: nothing is known then, which is not the same as nothing being wrong.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
# Builds of torch for a CPU alone are published elsewhere; it is the same version.
LEFT_OUT = {"torch-cpu.txt"}


def main() -> int:
    packages = [package for file in sorted(locks()) for package in look_up(file)]
    unknown = sorted({it["name"] for it in packages if "skip_reason" in it})
    flawed = sorted({line for it in packages for line in describe_flaws(it)})
    for line in flawed:
        sys.stdout.write(f"{line}\n")
    if flawed:
        return 1
    if unknown or not packages:
        some = ", ".join(unknown[:5])
        sys.stdout.write(
            f"audit: NOT DONE. Of {len(unknown)} packages ({some} …) the advisory service said"
            " nothing, or it cannot be reached from here. Run it where it can be.\n"
        )
        return 2
    sys.stdout.write(f"audit: no known flaw in {len(packages)} locked packages\n")
    return 0


def locks() -> Iterator[Path]:
    return (file for file in FOLDER.glob("*.txt") if file.name not in LEFT_OUT)


def look_up(file: Path) -> list[dict[str, Any]]:
    """What the service says of each package of one file; nothing when it cannot be asked."""
    with tempfile.NamedTemporaryFile("w+", suffix=".txt") as plain:
        lines = (line for line in file.read_text().splitlines() if not line.startswith("--"))
        plain.write("\n".join(lines))
        plain.flush()
        said = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip"),
                *("--progress-spinner", "off", "--format", "json", "-r", plain.name),
            ],
            capture_output=True,
            text=True,
        )
    try:
        dependencies: list[dict[str, Any]] = json.loads(said.stdout)["dependencies"]
    except ValueError:
        last = (said.stderr.strip().splitlines() or ["no reason given"])[-1]
        return [{"name": file.name, "skip_reason": last}]
    return dependencies


def describe_flaws(package: dict[str, Any]) -> Iterator[str]:
    for flaw in package.get("vulns", []):
        fixed = ", ".join(flaw["fix_versions"]) or "no version yet"
        yield f"{package['name']} {package['version']}: {flaw['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main())
