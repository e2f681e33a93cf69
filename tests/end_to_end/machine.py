"""A simulated machine around a process: its PCI bus, /proc/driver and /dev, in a private mount namespace.

Needs root. Nothing outside of the process sees it, and it goes with the process.
"""

import functools
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

OPENS, ABSENT, NO_DRIVER, FORBIDDEN, DENIED = "opens", "absent", "no-driver", "forbidden", "denied"
MODEL = "NVIDIA H100 PCIe"
_MODULE = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  {}  Sat Feb 22 06:55:58 UTC 2025"
_BASICS = """
mount -t tmpfs -o mode=755 simulated /dev
mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/random c 1 8
mknod -m 666 /dev/urandom c 1 9; mkdir -m 1777 /dev/shm; ln -s /proc/self/fd /dev/fd
"""
_NODES = {
    OPENS: "mknod -m 666 /dev/{} c 1 3",
    NO_DRIVER: "mknod -m 666 /dev/{} c 195 255",
    FORBIDDEN: "mknod -m 000 /dev/{} c 1 3",
    # The errno of a device cgroup, EPERM, is that of a file that nobody may change.
    DENIED: "touch /dev/{0}; chattr +i /dev/{0}",
}
# Another view of the same file system, from which a file can be removed.
_BARE = """
mkdir /dev/shm/bare
mount -t tmpfs simulated /dev/shm/bare
mkdir /dev/shm/bare/over /dev/shm/bare/work /dev/shm/bare/root
mount -t overlay simulated /dev/shm/bare/root -o lowerdir=/,upperdir=/dev/shm/bare/over,workdir=/dev/shm/bare/work
rm -f /dev/shm/bare/root/.dockerenv /dev/shm/bare/root/run/.containerenv
while read -r _ _ _ _ at _; do
  case "$at" in /|/dev/shm/bare*) ;; *) mount --bind "$at" "/dev/shm/bare/root$at" 2>/dev/null || true ;; esac
done < /proc/self/mountinfo
unset container
"""
_IN_BARE = "/usr/sbin/chroot /dev/shm/bare/root "


@dataclass(frozen=True)
class Machine:
    """What the process is to see. The default is a machine with one GPU and a driver that is in order."""

    cards: tuple[tuple[str, str | None], ...] = (("10de", "nvidia"),)
    """Display controllers: PCI vendor and kernel driver."""
    module: str | None = "550.54.14"
    """Version of the NVIDIA kernel module."""
    nodes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(("nvidia0", "nvidiactl", "nvidia-uvm"), OPENS))
    """Device files, and what comes of opening them."""
    release: str | None = None
    """What /proc/sys/kernel/osrelease says."""
    files: dict[str, Path] = field(default_factory=dict)
    """Files below /usr/local, and what is copied there."""
    powerless: bool = False
    """Whether root's rights over other files are taken away, so that permissions count."""
    cached: tuple[str, ...] = ()
    """Folders that the loader's cache names, as it does the driver's on most machines."""
    bare_metal: bool = False
    """Whether the marks of a container in which the tests run are taken away."""

    def script(self) -> str:
        """Return the shell commands that make it, for a process in a mount namespace of its own."""
        lines = ["set -e", "mount --make-rprivate /", "mount -t tmpfs simulated /sys/bus/pci/devices"]
        for index, (vendor, driver) in enumerate(self.cards, 1):
            card = f"/sys/bus/pci/devices/0000:{index:02x}:00.0"
            lines += [f"mkdir -p {card}/simulated/{driver or ''}", f"echo 0x030200 > {card}/class"]
            lines += [f"echo 0x{vendor} > {card}/vendor", f"echo 0x2330 > {card}/device"]
            lines += [f"ln -s simulated/{driver} {card}/driver"] if driver else []
        lines += ["mount -t tmpfs simulated /proc/driver"]
        if self.module:
            version = _MODULE.format(self.module)
            lines += ["mkdir -p /proc/driver/nvidia/gpus", f"echo '{version}' > /proc/driver/nvidia/version"]
            for index, (_, driver) in enumerate(self.cards, 1):
                about = f"/proc/driver/nvidia/gpus/0000:{index:02x}:00.0"
                model = f"mkdir {about}; printf 'Model: \\t\\t {MODEL}\\nIRQ: 16\\n' > {about}/information"
                lines += [model] if driver == "nvidia" else []
        lines += _BASICS.strip().splitlines()
        lines += [_NODES[how].format(name) for name, how in self.nodes.items() if how != ABSENT]
        if self.files:
            lines += ["mkdir /dev/shm/over /dev/shm/work"]
            layers = "lowerdir=/usr/local,upperdir=/dev/shm/over,workdir=/dev/shm/work"
            lines += [f"mount -t overlay simulated /usr/local -o {layers}"]
        for path, source in self.files.items():
            lines += [f"mkdir -p $(dirname {path})", f"cp {source} {path}"]
        if self.cached:
            # Not with the folders of this very machine: it may have a CUDA of its own.
            lines += [f"printf '%s\\n' {' '.join(self.cached)} > /dev/shm/ld.so.conf"]
            lines += ["/sbin/ldconfig -X -i -f /dev/shm/ld.so.conf -C /dev/shm/ld.so.cache"]
            lines += ["mount --bind /dev/shm/ld.so.cache /etc/ld.so.cache"]
        if self.release:
            lines += [
                f"echo '{self.release}' > /dev/shm/release",
                "mount --bind /dev/shm/release /proc/sys/kernel/osrelease",
            ]
        return "\n".join(lines)

    def prefix(self) -> tuple[str, ...]:
        """Return what stands before a command that is to run on it."""
        drop = 'setpriv --inh-caps=-all --bounding-set=-all "$@"' if self.powerless else '"$@"'
        script = f"{self.script()}\n{_BARE}" if self.bare_metal else self.script()
        return ("unshare", "-m", "sh", "-c", f"{script}\nexec {_IN_BARE if self.bare_metal else ''}{drop}", "sh")


@functools.cache
def _refused(*, bare_metal: bool) -> str | None:
    """Return why no such machine can be simulated here; None when it can."""
    try:
        command = [*Machine(bare_metal=bare_metal).prefix(), "true"]
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no `unshare` here"
    return None if done.returncode == 0 else f"no private mount namespace: {done.stderr.strip()}"


def needs_namespace(machine: Machine | None = None) -> None:
    """Skip the test where no machine, or not this one, can be simulated."""
    if os.name != "posix":
        pytest.skip("not on this system")
    if why := _refused(bare_metal=machine is not None and machine.bare_metal):
        pytest.skip(why)


HEALTHY = Machine()
NO_NODES = dict.fromkeys(("nvidia0", "nvidiactl", "nvidia-uvm"), ABSENT)
