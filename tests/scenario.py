"""A simulated NVIDIA driver below the real pynvml: a library built with gcc and the scenario that drives it."""

import _ctypes
import contextlib
import ctypes
import os
import struct
import subprocess
import threading
from pathlib import Path

SOURCE = Path(__file__).parent / "native" / "nvml_scenario.c"
SCENARIO, CALLS = "TFGPU_SIMULATED_NVML", "TFGPU_SIMULATED_NVML_CALLS"
RECORD = struct.Struct("56sQ")

NOT_SUPPORTED, NO_PERMISSION, NOT_LOADED, TIMEOUT, LOST, MISMATCH = 3, 4, 9, 10, 15, 18


def build(folder: Path) -> Path:
    """Build libnvidia-ml.so.1 in a folder; put that on LD_LIBRARY_PATH of a child, or preload it here."""
    path = folder / "libnvidia-ml.so.1"
    command = ["gcc", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", path, f"-Wl,-soname,{path.name}", SOURCE]
    subprocess.run([*command, "-lpthread"], check=True)
    return path


class Scenario:
    """What the simulated driver says from now on."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scenario.txt"
        self.counters = folder / "calls.bin"
        self.lines: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point the library here."""
        return {SCENARIO: str(self.path), CALLS: str(self.counters)}

    def say(self, *lines: str) -> None:
        """Replace the scenario, all at once."""
        self.lines = list(lines)
        new = self.path.with_suffix(".new")
        new.write_text("\n".join(lines) + "\n")
        new.rename(self.path)

    def add(self, *lines: str) -> None:
        """Add to the scenario."""
        self.say(*self.lines, *lines)

    def take(self, *lines: str) -> None:
        """Take lines out of the scenario."""
        self.say(*(line for line in self.lines if line not in lines))

    def vanish(self) -> None:
        """Leave no driver: nvmlInit says that there is no library."""
        self.path.unlink(missing_ok=True)

    def calls(self) -> dict[str, int]:
        """Return how often each function has been called."""
        try:
            data = self.counters.read_bytes()
        except FileNotFoundError:
            return {}
        records = (RECORD.unpack_from(data, offset) for offset in range(0, len(data), RECORD.size))
        return {name.rstrip(b"\0").decode(): calls for name, calls in records if calls}

    def total(self) -> int:
        """Return how many calls there have been."""
        return sum(self.calls().values())


def preload(library: Path) -> ctypes.CDLL:
    """Load the library here: a later dlopen of its soname, as pynvml does, finds the loaded one."""
    return ctypes.CDLL(str(library))


def unload(library: ctypes.CDLL) -> None:
    """Forget the library, and pynvml's hold of it; one in which a thread still is stays."""
    import pynvml

    for thread in threading.enumerate():
        if thread.name.startswith("tfgpu-lab sampler"):
            thread.join(10)
            assert not thread.is_alive(), "a thread is still in the simulated driver"
    handle, pynvml.nvmlLib, pynvml._nvmlLib_refcount = pynvml.nvmlLib, None, 0
    pynvml._nvmlGetFunctionPointer_cache.clear()
    for one in (handle, library):
        if one is not None:
            _ctypes.dlclose(one._handle)


@contextlib.contextmanager
def simulated(library: Path, folder: Path):
    """Run with the simulated driver in this process; yields its scenario, of one GPU at first."""
    scenario = Scenario(folder)
    scenario.say("gpus 1")
    before = {name: os.environ.get(name) for name in (SCENARIO, CALLS)}
    os.environ.update(scenario.environment)
    loaded = preload(library)
    try:
        yield scenario
    finally:
        scenario.vanish()  # what hangs in it goes on
        unload(loaded)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
