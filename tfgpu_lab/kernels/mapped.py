"""What a kernel's process has loaded, seen from outside in /proc: TensorFlow, CUDA's libraries and where they lie."""

import re
from typing import Any

from ..models.live import LiveReport, Mapped, MappedLibrary
from .processes import PROC, TENSORFLOW, Unreadable, gpu_files, is_local, kernel_pid

_CUDA = re.compile(
    r"lib(?:cuda|cudart|cublas|cublasLt|cudnn\w*|cufft|cupti|curand|cusolver|cusparse|nccl|nvinfer|nvJitLink|"
    r"nvidia-ml|nvrtc)\.so(?:\.[\w.]+)?"
)
_REPLACED = " (deleted)"
ELSEWHERE = "The kernel runs in another container or on another machine than this server: its libraries are not seen."
NO_PROCESS = "The kernel is no process of this machine: its libraries are not seen."


def look(km: Any, live: LiveReport | None) -> Mapped:
    """Return what the process of a kernel has loaded; reads a few files of /proc. Raises Unreadable.

    It touches the process in no way, so it holds for a kernel too that is busy, not Python, or without the agent.
    """
    if live is not None:
        if not is_local(live):
            raise Unreadable(ELSEWHERE)
        return look_at(live.pid)
    pid = kernel_pid(km)
    if pid is None:
        raise Unreadable(NO_PROCESS)
    return look_at(pid)


def look_at(pid: int) -> Mapped:
    """Return what a process has loaded. Raises Unreadable when it has ended or is another user's."""
    try:
        table = (PROC / str(pid) / "maps").read_bytes()
    except OSError as error:
        raise Unreadable(f"/proc/{pid}/maps cannot be read: {error.strerror}.") from error
    if not table:  # so it is once a process has ended
        raise Unreadable("The kernel's process has ended.")
    # Address, permissions, offset, device and inode stand before the path, which may contain spaces.
    lines = (line.split(None, 5) for line in table.decode(errors="replace").splitlines())
    paths = {parts[5] for parts in lines if len(parts) == 6}
    found = [_library(path) for path in sorted(paths)]
    files = gpu_files(pid)
    return Mapped(
        pid=pid,
        tensorflow=TENSORFLOW.search(table) is not None,
        libraries=[one for one in found if one is not None],
        driver_open=files.driver if files else None,
    )


def _library(mapped: str) -> MappedLibrary | None:
    path = mapped.removesuffix(_REPLACED)
    name = path.rpartition("/")[2]
    return MappedLibrary(name=name, path=path, replaced=path != mapped) if _CUDA.fullmatch(name) else None


def told_from_outside(mapped: Mapped) -> str:
    """Return one sentence on a kernel that cannot be asked."""
    if not mapped.tensorflow:
        return "Seen from outside, it has not loaded TensorFlow."
    if mapped.driver_open:
        return "Seen from outside, it has loaded TensorFlow and has the NVIDIA driver open."
    driver = any(one.name.startswith("libcuda.so") for one in mapped.libraries)
    if driver and mapped.driver_open is False:
        return "Seen from outside, it has loaded TensorFlow and CUDA's driver library, and has no NVIDIA device open."
    if driver:
        return "Seen from outside, it has loaded TensorFlow and CUDA's driver library."
    return "Seen from outside, it has loaded TensorFlow and has not used an NVIDIA GPU so far."
