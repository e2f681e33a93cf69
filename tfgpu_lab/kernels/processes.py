"""What /proc says of a kernel's process: whether it may be trusted for it at all, and where the process is."""

from pathlib import Path

from ..models.live import LiveReport


def is_local(live: LiveReport) -> bool:
    """Tell whether the kernel's pid means the same process here: same boot, same PID namespace, same start."""
    try:
        here = (
            Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            str(Path("/proc/self/ns/pid").readlink()),
            start_ticks(live.pid),
        )
    except OSError:
        return False
    return here == (live.boot_id, live.pid_namespace, live.process_start_ticks)


def start_ticks(pid: int) -> int:
    """Return when process `pid` started, in clock ticks since boot. Raises OSError when it cannot be read."""
    # The command's name may hold spaces and brackets: fields count from the last bracket.
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
