"""Words that tell where a log comes from: WSL, Windows, macOS, a container, ROCm, a CUDA toolkit. They decide nothing
alone and weigh only together with a line that does.

Sources: Linux' osrelease in WSL, paths of Windows and of containers, nvcc, NVIDIA's images.
"""

from .mark import Mark, mark

MARKS: list[Mark] = [
    mark("wsl", "microsoft-standard-WSL"),
    mark("wsl", "-microsoft-standard"),
    mark("wsl", "/usr/lib/wsl"),
    mark("wsl", "libdxcore.so"),
    mark("wsl", "/dev/dxg"),
    mark("wsl", "WSL2"),
    mark("wsl-libcuda", "form for driver version; got "),
    mark("windows", ":\\Users\\"),
    mark("windows", ":\\Windows\\"),
    mark("windows", ":\\ProgramData\\"),
    mark("windows", "win_amd64"),
    mark("windows", "for host: DESKTOP-"),
    mark("windows", "for host: LAPTOP-"),
    mark("windows", "hostname: DESKTOP-"),
    mark("windows", "cudart64_", r"\d{1,3}\.dll"),
    mark("windows", "nvcuda.dll"),
    mark("macos", "macosx_"),
    mark("macos", "macOS"),
    mark("container", "docker run"),
    mark("container", "docker: Error"),
    mark("container", "docker.io"),
    mark("container", "root@", r"[0-9a-f]{12}:"),
    mark("container", "/.singularity.d/"),
    mark("container", "for host: ", r"[0-9a-f]{12}(?![\w.-])"),
    mark("container", "running on this host (", r"[0-9a-f]{12}\)"),
    mark("rocm", "stream_executor/rocm/"),
    mark("rocm", "/opt/rocm"),
    mark("rocm", "tensorflow-rocm"),
    mark("toolkit", "Cuda compilation tools, release ", r"(?P<value>\d{1,2}\.\d{1,2})"),
    mark("toolkit", "/usr/local/cuda-", r"(?P<value>\d{1,2}\.\d{1,2})"),
    mark("toolkit", "CUDA\\v", r"(?P<value>\d{1,2}\.\d{1,2})"),
    mark("other-cudnn", "libcudnn.so.", r"(?P<value>\d{1,2})\.\d"),
    mark("mig", " MIG ", r"\d{1,2}[cg]\."),
    mark("mig", "MIG-", r"(?:GPU-)?[0-9a-f]{8}-"),
    mark("task-manager", "ask Manager"),
    mark("task-manager", "ask manager"),
]
"""Every word about surroundings."""
