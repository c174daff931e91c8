"""The shared library of the C files in this folder, if it was built.

`python -m compiled.library` builds it with the C compiler of the machine, and succeeds without one:
the callers have the same in Python, which takes several times as long. ctypes needs neither the
headers of Python nor a package, and one library serves all versions of Python.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_FOLDER = Path(__file__).parent
_FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off")


def library_path() -> Path:
    """Return the file of the library of this source for this kind of machine."""
    digest = hashlib.sha256()
    for path in [*sorted(_FOLDER.glob("*.h")), *_list_sources()]:
        digest.update(path.read_bytes())
    return _FOLDER / f"digitsite-{platform.machine()}-{digest.hexdigest()[:12]}.so"


def build_library() -> Path:
    """Compile the library unless it exists. Raises OSError or CalledProcessError."""
    path = library_path()
    if not path.is_file():
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or "clang"
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            built = Path(folder) / path.name
            subprocess.run(
                [compiler, *_FLAGS, *map(str, _list_sources()), "-o", str(built), "-lm"],
                check=True,
                capture_output=True,
                text=True,
            )
            built.replace(path)
    return path


def _list_sources() -> list[Path]:
    return sorted(_FOLDER.glob("*.c"))


def main() -> None:
    try:
        build_library()
    except (OSError, subprocess.CalledProcessError) as error:
        cause = getattr(error, "stderr", None) or error
        sys.stderr.write(
            f"The C code was not compiled ({cause}).\n"
            "Python does the same, which takes several times as long. "
            "To change that, install a C compiler and run make again.\n"
        )


if __name__ == "__main__":
    main()
