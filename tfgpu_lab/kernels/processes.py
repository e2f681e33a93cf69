"""What /proc says of a kernel's processes: pid, descendants, start environment, whether TensorFlow is mapped."""

import contextlib
import re
from pathlib import Path
from typing import Any, NamedTuple

from ..models.live import LiveReport

PROC = Path("/proc")
TENSORFLOW = re.compile(rb"/(_pywrap_tensorflow_internal\.so|libtensorflow_cc\.so\.2|libtensorflow_framework\.so\.2)\b")
# On WSL the driver is reached through /dev/dxg.
DRIVER_FILE = re.compile(r"/dev/(?:nvidia(?P<minor>\d+)|nvidiactl|nvidia-uvm|dxg)")
OUTERMOST = "pid:[4026531836]"  # include/linux/proc_ns.h, PROC_PID_INIT_INO
_TCP_LISTEN = b"0A"
_UNIX_LISTEN = b"00010000"  # __SO_ACCEPTCON


class Unreadable(Exception):
    """/proc does not tell; the text is one sentence with the reason."""


def is_local(live: LiveReport) -> bool:
    """Return whether the kernel's pid is a pid here: same machine, same pid namespace, same process."""
    try:
        boot_id = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = str((PROC / "self/ns/pid").readlink())
        ticks = _start_ticks(live.pid)
    except (OSError, Unreadable):
        return False
    return (live.boot_id, live.pid_namespace, live.process_start_ticks) == (boot_id, namespace, ticks)


def is_own(live: LiveReport, started: object) -> bool:
    """Return whether a local kernel tells the truth about its process and interpreter.

    `started` is the pid that the server started for it. What a kernel says of itself must not make the server start
    something else, or with the environment of somebody else.
    """
    if not isinstance(started, int):
        return False
    try:
        return live.pid in (started, *descendants(started)) and (PROC / str(live.pid) / "exe").samefile(live.executable)
    except (OSError, ValueError, Unreadable):  # a path with a NUL in it is a ValueError
        return False


def start_environment(pid: int) -> dict[str, str]:
    """Return the environment with which a process was started, secrets included; later changes are not in it.

    Raises Unreadable.
    """
    parts = _read(pid, "environ").decode(errors="surrogateescape").split("\0")
    return dict(part.split("=", 1) for part in parts if "=" in part)


def kernel_pid(km: Any) -> int | None:
    """Return the pid of the process that serves a local kernel's shell channel, behind any wrapper.

    None when the kernel was not started as a local process or its process cannot be told.
    """
    started = getattr(km.provisioner, "pid", None)
    if not isinstance(started, int):
        return None
    try:
        # A forked child holds the socket as well: parents come first.
        candidates = [started, *descendants(started)]
        sockets = _listening(started, km)
    except Unreadable:
        return None
    return next((pid for pid in candidates if sockets & _sockets(pid)), None)


def descendants(pid: int) -> list[int]:
    """Return the pids of all processes below `pid`, parents before children. Raises Unreadable."""
    _read(pid, "stat")
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(Unreadable):  # it ended meanwhile
                parent = int(_stat(int(folder.name))[1])
                children.setdefault(parent, []).append(int(folder.name))
    below = list(children.get(pid, ()))
    for child in below:  # grows while it is walked: breadth first
        below += children.get(child, ())
    return below


def mapped_tensorflow(pid: int) -> bool | None:
    """Return whether TensorFlow's libraries are mapped into a process; None when that cannot be read."""
    try:
        return TENSORFLOW.search(_read(pid, "maps")) is not None
    except Unreadable:
        return None


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError as error:
        raise Unreadable(f"/proc/{pid}/{name} cannot be read: {error.strerror}.") from error


def _stat(pid: int) -> list[bytes]:
    """Return the fields of /proc/PID/stat from `state` on: the name before it may contain anything."""
    return _read(pid, "stat").rpartition(b")")[2].split()


def _start_ticks(pid: int) -> int:
    return int(_stat(pid)[19])


def _listening(pid: int, km: Any) -> set[str]:
    """Return the inodes of the listening sockets of the kernel's shell channel, as fds name them."""
    if km.transport == "ipc":
        path = f"{km.ip}-{km.shell_port}".encode()
        rows = [line.split() for line in _read(pid, "net/unix").splitlines()[1:]]
        inodes = [row[6] for row in rows if len(row) > 7 and row[3] == _UNIX_LISTEN and row[7].endswith(path)]
    else:
        port = b":%04X" % km.shell_port
        tables = _read(pid, "net/tcp").splitlines()[1:]
        with contextlib.suppress(Unreadable):  # IPv6 is switched off
            tables += _read(pid, "net/tcp6").splitlines()[1:]
        rows = [line.split() for line in tables]
        inodes = [row[9] for row in rows if row[1].endswith(port) and row[3] == _TCP_LISTEN]
    return {f"socket:[{inode.decode()}]" for inode in inodes}


def _sockets(pid: int) -> set[str]:
    found: set[str] = set()
    with contextlib.suppress(OSError):  # ended, or another user's
        for fd in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(fd.readlink()))
    return found


class GpuFiles(NamedTuple):
    """The files of the NVIDIA driver that a process has open; CUDA keeps them open from cuInit on."""

    driver: bool
    """Whether any is open: the process has talked to the driver."""
    minors: frozenset[int]
    """The n of each /dev/nvidia`n`: those of all GPUs that CUDA may use there, not only of those it does."""


class Census(NamedTuple):
    """All processes that are visible here, at one moment."""

    children: dict[int, list[int]]
    """Parent to its children."""
    uids: dict[int, int]
    """Process to the user it runs as."""
    sessions: dict[int, list[int]]
    """Leader of a session to the processes in it."""

    def below(self, pid: int) -> list[int]:
        """Return a process and all below it, parents first; empty when it is not there.

        What outlived its parent is below the leader of its session: Jupyter starts each kernel as one, and a job that a
        cell leaves in the background stays in it.
        """
        found = [pid] if pid in self.uids else []
        seen = set(found)
        for one in found:  # grows while it is walked: breadth first
            more = [*self.children.get(one, ()), *(self.sessions.get(one, ()) if one == pid else ())]
            found += [new for new in dict.fromkeys(more) if new not in seen]
            seen.update(more)
        return found


def census() -> Census:
    """Return all processes that are visible here; none where there is no /proc."""
    everyone = Census({}, {}, {})
    for folder in PROC.iterdir() if PROC.is_dir() else ():
        if folder.name.isdecimal():
            with contextlib.suppress(Unreadable, OSError):  # it ended meanwhile
                pid = int(folder.name)
                uid, stat = folder.stat().st_uid, _stat(pid)
                everyone.uids[pid] = uid
                everyone.children.setdefault(int(stat[1]), []).append(pid)
                everyone.sessions.setdefault(int(stat[3]), []).append(pid)
    return everyone


def gpu_files(pid: int) -> GpuFiles | None:
    """Return the driver's files that a process has open; None when that cannot be read: another user's, or ended."""
    try:
        fds = list((PROC / str(pid) / "fd").iterdir())
    except OSError:
        return None
    names = []
    for fd in fds:
        with contextlib.suppress(OSError):  # closed meanwhile
            names.append(str(fd.readlink()))
    found = [match for name in names if (match := DRIVER_FILE.fullmatch(name))]
    return GpuFiles(bool(found), frozenset(int(match["minor"]) for match in found if match["minor"]))


def process_name(pid: int) -> str | None:
    """Return a process's short name; None when it has ended."""
    try:
        return _read(pid, "comm").decode(errors="replace").strip()
    except Unreadable:
        return None


def in_outermost_namespace() -> bool:
    """Return whether pids here are the machine's own, by which the driver names processes; a container has others."""
    try:
        return str((PROC / "self/ns/pid").readlink()) == OUTERMOST
    except OSError:
        return False
