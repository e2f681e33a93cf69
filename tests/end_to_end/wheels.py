"""Simulated NVIDIA wheels for the real pip: files to install from, and no network."""

import subprocess
import zipfile
from pathlib import Path

from tests.end_to_end.environment import OTHERS, WHEELS, SimulatedEnvironment
from tests.end_to_end.native import built
from tests.simulated import SONAMES

BESIDES = {"cuda_cupti": "12.5.82", "cuda_nvrtc": "12.5.82", "curand": "10.3.6.82", "nccl": "2.27.7"}
"""Wheels of the extra and-cuda that TensorFlow does not need to list a GPU."""


def pip(environment: SimulatedEnvironment, text: str, folder: Path) -> None:
    """Run a line of pip, which finds the simulated wheels and no network."""
    for name, version in {**WHEELS, **BESIDES}.items():
        wheel(folder, name, version)
    env = environment.variables(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder), PIP_DISABLE_PIP_VERSION_CHECK="1")
    done = subprocess.run(["sh", "-c", text], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def wheel(folder: Path, name: str, version: str) -> None:
    """Make a wheel like NVIDIA's, with simulated libraries."""
    dist = f"nvidia_{name}_cu12-{version}"
    files = {f"nvidia/{name}/lib/{one}": built(one).read_bytes() for one in OTHERS.get(name, SONAMES.get(name, []))}
    files[f"{dist}.dist-info/METADATA"] = (
        f"Metadata-Version: 2.1\nName: nvidia-{name.replace('_', '-')}-cu12\nVersion: {version}\n".encode()
    )
    files[f"{dist}.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},,\n" for path in [*files, f"{dist}.dist-info/RECORD"])
    with zipfile.ZipFile(folder / f"{dist}-py3-none-any.whl", "w") as archive:
        for path, data in {**files, f"{dist}.dist-info/RECORD": record.encode()}.items():
            archive.writestr(path, data)
