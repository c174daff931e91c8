"""The machine of a benchmark: a figure without it is worth little."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import psutil

VECTOR_FLAGS = ("avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "sha_ni")
"""Those that decide how fast a forward pass and a signature are."""


def describe_machine() -> str:
    """Return processor, its vector instructions, memory, system, Python and the load before."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    found = re.search(r"^model name\s*: (.+)$", text, re.M)
    name = found[1] if found else platform.processor() or platform.machine()
    flags = re.search(r"^flags\s*: (.+)$", text, re.M)
    known = [flag for flag in VECTOR_FLAGS if flags and flag in flags[1].split()]
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()}\n"
        f"Instructions: {' '.join(known) or 'not known'}\n"
        f"Python {platform.python_version()}; load before: {os.getloadavg()[0]:.1f}"
    )
