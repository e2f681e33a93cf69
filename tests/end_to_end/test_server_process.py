"""A real server in a process of its own, on a machine with a driver: it never maps CUDA or TensorFlow."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests import scenario
from tests.end_to_end.native import built

pytestmark = pytest.mark.tensorflow
TOKEN = "a-token-of-the-test"
NEVER = ("libcuda.so", "libcudart", "libcublas", "libcudnn", "tensorflow", "_pywrap_")
PLANTED = """
import ctypes
def _jupyter_server_extension_points(): return [{"module": "planted"}]
def _load_jupyter_server_extension(app): ctypes.CDLL("libcuda.so.1")
"""


class Server:
    """A running Jupyter Server with our extension, and a driver that its loader finds."""

    def __init__(self, folder: Path, driver: Path, env: dict[str, str], extensions: dict[str, bool]) -> None:
        self.runtime = folder / "runtime"
        folders = {"JUPYTER_RUNTIME_DIR": self.runtime, "JUPYTER_CONFIG_DIR": folder / "config", "HOME": folder}
        variables = {name: str(path) for name, path in folders.items()} | {"LD_LIBRARY_PATH": str(driver)}
        options = ["--no-browser", "--allow-root", "--port=0", f"--IdentityProvider.token={TOKEN}"]
        options += [f"--ServerApp.jpserver_extensions={extensions}", f"--ServerApp.root_dir={folder}"]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *options],
                env={**os.environ, **env, **variables},
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.url = self._address(folder / "log")

    def _address(self, log: Path) -> str:
        file = self.runtime / f"jpserver-{self.process.pid}.json"
        for _ in range(600):
            with contextlib.suppress(OSError, ValueError):
                found: str = json.loads(file.read_text())["url"]
                self.url = found
                self.ask("GET", "api/status")
                return found
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    def ask(self, method: str, path: str, body: object = None) -> dict:
        """Return what it answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": f"token {TOKEN}"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.loads(response.read() or b"null")

    def mapped(self) -> set[str]:
        """Return the names of the files that its process has mapped."""
        lines = Path(f"/proc/{self.process.pid}/maps").read_text().splitlines()
        return {Path(line[line.index("/") :]).name for line in lines if "/" in line}

    def close(self) -> None:
        """End it and its kernels."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def serve(tmp_path, nvml_library):
    """Start a server: `serve(planted=True)` with an extension beside ours that does what ours must not."""
    driver = tmp_path / "driver"
    driver.mkdir()
    (driver / "libcuda.so.1").symlink_to(built("libcuda.so.1"))
    (driver / nvml_library.name).symlink_to(nvml_library)
    gpus = scenario.Scenario(tmp_path)
    gpus.say("gpus 1")
    (tmp_path / "planted.py").write_text(PLANTED)
    running = []

    def start(*, planted: bool = False) -> Server:
        env = {**gpus.environment, "PYTHONPATH": str(tmp_path)}
        extensions = {"tfgpu_lab": True, "jupyter_server_terminals": False, "planted": planted}
        running.append(Server(tmp_path, driver, env, extensions))
        return running[-1]

    yield start
    for one in running:
        one.close()


def forbidden(names: set[str]) -> list[str]:
    return sorted(name for name in names if any(part in name for part in NEVER))


def test_the_server_maps_neither_cuda_nor_tensorflow(serve):
    server = serve()
    assert server.ask("GET", "tfgpu-lab/gpus")["devices"], "the driver is there and answers"
    kernel = server.ask("POST", "api/kernels", {"name": "python3"})["id"]
    report = server.ask("GET", f"tfgpu-lab/kernels/{kernel}")
    assert report["environment"]["cuda"]["library"], "the kernel's loader finds libcuda"
    confirmed = server.ask("POST", f"tfgpu-lab/kernels/{kernel}/probe", {"import": True})
    assert confirmed["confirmation"]["gpus"] == []
    job = server.ask(
        "POST", "tfgpu-lab/benchmarks", {"kernel_id": kernel, "device": "CPU:0", "dtypes": ["float32"], "sizes": [64]}
    )
    while job["state"] in {"queued", "running"}:
        time.sleep(0.2)
        job = server.ask("GET", f"tfgpu-lab/benchmarks/{job['id']}")
    assert job["state"] == "done", job
    names = server.mapped()
    assert "libnvidia-ml.so.1" in names, "NVML, which the sampler asks"
    assert forbidden(names) == []


def test_the_check_sees_a_server_that_does(serve):
    """The control: the same look at a server with an extension that loads libcuda."""
    assert forbidden(serve(planted=True).mapped()) == ["libcuda.so.1"]
