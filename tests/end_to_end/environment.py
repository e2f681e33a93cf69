"""An environment with the real TensorFlow and simulated NVIDIA wheels and driver.

TensorFlow's folders are made anew and its files are symbolic links, so it costs no space, and `$ORIGIN` in its RUNPATH
means this environment: the loader takes the path by which it found a library, without following links.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from tests.end_to_end.machine import Machine
from tests.end_to_end.native import DRIVER, built
from tests.simulated import SONAMES, distribution
from tfgpu_lab.kernels.interpreter import Launch

WHEELS = {
    "cuda_runtime": "12.5.82",
    "cublas": "12.5.3.2",
    "cufft": "11.2.3.61",
    "cusolver": "11.6.3.83",
    "cusparse": "12.5.1.3",
    "cudnn": "9.3.0.75",
    "nvjitlink": "12.5.82",
    "cuda_nvcc": "12.5.82",
}
"""Folder below `nvidia/` to the version of its wheel, as TensorFlow 2.21.0 asks for them."""
VERSION = "550.54.14"
"""Version of the simulated driver."""
OTHERS = {"nvjitlink": ["libnvJitLink.so.12"]}
"""Libraries that CUDA's libraries need themselves."""
REAL = Path(sysconfig.get_paths()["purelib"])


class SimulatedEnvironment:
    """A folder like that of a virtual environment; `reset` undoes what a test changed in its wheels and driver."""

    def __init__(self, folder: Path, packages: Path = REAL, tensorflow: Path | None = None) -> None:
        """Link the packages of a site-packages folder; `tensorflow` is another folder to take that one package from."""
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.site = folder / REAL.relative_to(sys.prefix)
        self.home = folder / "home"
        self.stubs, self.compat, self.system, self.driver = (
            folder / name for name in ("toolkit/stubs", "toolkit/compat", "system", "driver")
        )
        base = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
        self.python.parent.mkdir(parents=True)
        self.python.symlink_to(base)
        (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\nversion = {sysconfig.get_python_version()}\n")
        self.site.mkdir(parents=True)
        for entry in os.scandir(packages):
            if entry.name != "tensorflow" and not entry.name.endswith(".pth"):
                (self.site / entry.name).symlink_to(entry.path)
        _tree((tensorflow or packages) / "tensorflow", self.site / "tensorflow")
        self.reset()

    @property
    def searched(self) -> tuple[Path, ...]:
        """The folders of its LD_LIBRARY_PATH; all but the driver's are empty until a test fills them."""
        return (self.stubs, self.compat, self.system, self.driver)

    def reset(self) -> None:
        """Lay out the driver and all wheels of `tensorflow[and-cuda]` anew."""
        for made in (self.site / "nvidia", *self.site.glob("nvidia_*_cu1*.dist-info")):
            shutil.rmtree(made, ignore_errors=True)
        for made in (self.home, *self.searched):
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
        for name in DRIVER:
            full = self.driver / f"{name.removesuffix('.1')}.{VERSION}"  # as drivers do
            shutil.copy(built(name), full)
            (self.driver / name).symlink_to(full.name)
        for folder, version in WHEELS.items():
            self.wheel(folder, version)

    def wheel(self, folder: str, version: str, *, major: str = "cu12", names: list[str] | None = None) -> None:
        """Install one simulated wheel."""
        name = f"nvidia-{folder.replace('_', '-')}-{major}"
        distribution(self.site, name, version, {})
        there = self.site / "nvidia" / folder / "lib"
        there.mkdir(parents=True, exist_ok=True)
        files = OTHERS.get(folder, SONAMES.get(folder, [])) if names is None else names
        for one in files:
            shutil.copy(built(one), there / one)
        record = self.site / f"{name.replace('-', '_')}-{version}.dist-info" / "RECORD"
        own = [f"{record.parent.name}/{one}" for one in ("METADATA", "RECORD")]
        record.write_text("".join(f"{one},,\n" for one in [*own, *(f"nvidia/{folder}/lib/{one}" for one in files)]))

    def remove(self, *folders: str) -> None:
        """Uninstall simulated wheels."""
        for folder in folders:
            shutil.rmtree(self.site / "nvidia" / folder)
            shutil.rmtree(next(self.site.glob(f"nvidia_{folder}_cu1*.dist-info")))

    def driver_file(self, folder: Path, name: str = "libcuda.so.1") -> None:
        """Put a part of the simulated driver into another folder."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(built(name), folder / name)

    def without(self, name: str) -> None:
        """Take a part of the simulated driver away."""
        (self.driver / name).unlink()
        (self.driver / f"{name.removesuffix('.1')}.{VERSION}").unlink()

    def lib(self, folder: str) -> Path:
        """Return the folder of a wheel's libraries."""
        return self.site / "nvidia" / folder / "lib"

    def mend(self) -> None:
        """Apply the fix of tf221-cusolver-runpath for an environment: a link where TensorFlow looks."""
        name = "libcusolver.so.11"
        (self.lib("cublas") / name).symlink_to(Path("../../cusolver/lib") / name)

    @contextlib.contextmanager
    def conda(self, script: str, library: Path) -> Iterator[None]:
        """Make it look like an environment of conda with a library of its own, whose activation runs a script."""
        meta, activate = self.folder / "conda-meta", self.folder / "etc" / "conda" / "activate.d"
        meta.mkdir()
        activate.mkdir(parents=True)
        (activate / "env_vars.sh").write_text(script)
        shutil.copy(library, self.folder / "lib")
        try:
            yield
        finally:
            shutil.rmtree(meta)
            shutil.rmtree(self.folder / "etc")
            (self.folder / "lib" / library.name).unlink()

    def variables(self, **changes: str | None) -> dict[str, str]:
        """Return an environment without the variables of the test's own process; None removes one."""
        clean: dict[str, str | None] = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        clean |= {"LD_LIBRARY_PATH": ":".join(map(str, self.searched)), "TF_CPP_VMODULE": "dso_loader=1"} | changes
        return {name: value for name, value in clean.items() if value is not None}

    def launch(self, machine: Machine | None = None, **changes: str | None) -> Launch:
        """Return how to start its interpreter, on a simulated machine where one is given."""
        argv = (*machine.prefix(), str(self.python)) if machine else (str(self.python),)
        return Launch(argv=argv, env=self.variables(**changes), cwd=str(self.home))

    def run(self, code: str, **changes: str | None) -> str:
        """Run code in its interpreter and return what it prints."""
        where = self.launch(None, **changes)
        command = [*where.argv, "-c", code]
        done = subprocess.run(command, env=where.env, cwd=where.cwd, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _tree(source: Path, copy: Path) -> None:
    copy.mkdir()
    for entry in os.scandir(source):
        # Headers and caches of byte code are only read: a link to the folder will do.
        if entry.is_dir() and entry.name not in ("include", "__pycache__"):
            _tree(Path(entry.path), copy / entry.name)
        else:
            (copy / entry.name).symlink_to(entry.path)
