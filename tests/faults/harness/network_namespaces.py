"""Machines as network namespaces on one bridge that can disconnect each of them.

Only these namespaces have addresses, so nothing is visible from outside.
"""

import ctypes
import os
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
HUB = "hub"
NAMESPACES = Path("/run/netns")

_libc = ctypes.CDLL(None, use_errno=True)


class CannotMakeNetwork(Exception):
    """The user or the kernel does not allow network namespaces."""


class Network:
    """The hub and the named machines, with their `addresses`. `remove` deletes all of them."""

    def __init__(self, machines: Sequence[str]) -> None:
        self._token = uuid.uuid4().hex[:8]
        self._names = [HUB, *machines]
        self.addresses = {
            name: f"10.77.0.{number}" for number, name in enumerate(self._names, start=1)
        }
        try:
            self._make_hub()
            for machine in machines:
                self._join(machine, self.addresses[machine])
        except (CannotMakeNetwork, FileNotFoundError) as error:
            self.remove()
            raise CannotMakeNetwork(str(error)) from error

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Run processes that this thread starts on that machine. All machines share the files."""
        current = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        target = os.open(NAMESPACES / self._namespace(name), os.O_RDONLY)
        try:
            _enter(target)
            yield
        finally:
            _enter(current)
            os.close(current)
            os.close(target)

    def cut_off(self, machine: str) -> None:
        """Drop all packets of a machine in both directions, without an error."""
        self._ip(HUB, "link", "set", machine, "down")

    def reconnect(self, machine: str) -> None:
        self._ip(HUB, "link", "set", machine, "up")

    def remove(self) -> None:
        for name in self._names:
            if (NAMESPACES / self._namespace(name)).exists():
                _ip("netns", "del", self._namespace(name))

    def _make_hub(self) -> None:
        _ip("netns", "add", self._namespace(HUB))
        self._ip(HUB, "link", "add", "bridge", "type", "bridge")
        self._ip(HUB, "addr", "add", f"{self.addresses[HUB]}/24", "dev", "bridge")
        for device in ("lo", "bridge"):
            self._ip(HUB, "link", "set", device, "up")

    def _join(self, machine: str, address: str) -> None:
        there = self._namespace(machine)
        _ip("netns", "add", there)
        self._ip(
            HUB,
            *("link", "add", machine, "type", "veth"),
            *("peer", "name", "eth0", "netns", there),
        )
        self._ip(HUB, "link", "set", machine, "master", "bridge", "up")
        self._ip(machine, "addr", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._ip(machine, "link", "set", device, "up")

    def _namespace(self, name: str) -> str:
        return f"digitsite-{self._token}-{name}"

    def _ip(self, name: str, *words: str) -> None:
        _ip("-netns", self._namespace(name), *words)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMakeNetwork(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
