"""The server of the browser tests: a real `jupyter lab` with its token on, in folders of its own."""

import json
import os
import shutil
import sys
from pathlib import Path

from traitlets.config import get_config

c = get_config()
HERE = Path(__file__).resolve().parent
STATE = HERE / ".state" / os.environ.get("TFGPU_TEST_STATE", "plain")
ROOT = STATE / "root"
PORT = int(os.environ.get("TFGPU_TEST_PORT", "18931"))

shutil.rmtree(STATE, ignore_errors=True)
ROOT.mkdir(parents=True)
shutil.copy(HERE.parent / "docs" / "demo" / "First light.ipynb", ROOT)

# Kernels with one thing wrong each. A bare "python" would be the server's own: the paths are full.
BARE, CPU_ONLY = (str(HERE.parent / ".venvs" / name / "bin" / "python") for name in ("bare", "cpu-only"))
KERNELS = {
    "no-tensorflow": (BARE, {}),
    "cpu-only-wheel": (CPU_ONLY, {}),
    "hidden-gpu": (sys.executable, {"CUDA_VISIBLE_DEVICES": "-1"}),
    "keras-on-jax": (CPU_ONLY, {"KERAS_BACKEND": "jax"}),
}
for name, (python, env) in KERNELS.items():
    folder = STATE / "jupyter" / "kernels" / name
    folder.mkdir(parents=True)
    spec = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "env": env,
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
os.environ["JUPYTER_PATH"] = str(STATE / "jupyter")
os.environ["JUPYTER_DATA_DIR"] = str(STATE / "data")  # what a user writes, such as kernelspecs

# No pop-up that asks about news, no look for updates, no network.
notifications = STATE / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
notifications.parent.mkdir(parents=True)
notifications.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = PORT
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.root_dir = str(ROOT)
c.IdentityProvider.token = "browser-tests"
c.LabApp.workspaces_dir = str(STATE / "workspaces")
c.LabApp.user_settings_dir = str(STATE / "settings")
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
