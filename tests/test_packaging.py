"""What users install: a wheel that has everything, needs no node, and enables itself."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = "tfgpu_lab-{version}.data/data/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, from the labextension that `make` built."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(command, check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_has_both_halves_and_enables_itself(wheel):
    version = json.loads((ROOT / "package.json").read_text())["version"]
    data = DATA.format(version=version)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        config = json.loads(archive.read(data + "etc/jupyter/jupyter_server_config.d/tfgpu_lab.json"))
        package = json.loads(archive.read(data + "share/jupyter/labextensions/tfgpu-lab/package.json"))
    assert config == {"ServerApp": {"jpserver_extensions": {"tfgpu_lab": True}}}
    assert data + "share/jupyter/labextensions/tfgpu-lab/" + package["jupyterlab"]["_build"]["load"] in names
    assert data + "share/jupyter/labextensions/tfgpu-lab/schemas/tfgpu-lab/plugin.json" in names
    guests = {path.name for path in (ROOT / "tfgpu_lab" / "guest").glob("*.py")}
    assert {f"tfgpu_lab/guest/{name}" for name in guests} <= names
    assert "tfgpu_lab/events/change.yaml" in names
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx", ".map"))]


def test_is_installed_without_node_and_runs(wheel, tmp_path):
    venv.create(tmp_path / "env", with_pip=True)
    bin_ = tmp_path / "env" / "bin"
    # Its dependencies are lent by this environment: what is tested is our wheel, with no node on the PATH.
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    env = {"PATH": str(bin_), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "HOME": str(tmp_path)}
    subprocess.run([bin_ / "python", "-m", "pip", "install", "-q", "--no-deps", wheel], check=True, env=env)
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (site / "lent.pth").write_text(lent)

    def says(*command):
        return subprocess.run(command, check=True, env=env, cwd=tmp_path, capture_output=True, text=True).stdout.strip()

    assert says(bin_ / "tfgpu-lab", "--version") == json.loads((ROOT / "package.json").read_text())["version"]
    assert says(bin_ / "python", "-c", "import tfgpu_lab; print(tfgpu_lab.__file__)").startswith(str(site))
