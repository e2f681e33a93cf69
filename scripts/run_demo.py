"""Opens JupyterLab with the demo notebook and the GPU Status panel, in a folder of its own (.demo)."""

import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "First light.ipynb"
WORKSPACE = "demo"


def prepare(folder: Path) -> None:
    """Lay out the demo's folder; what the user changed in its notebook stays."""
    workspaces, settings = folder / ".workspaces", folder / ".settings"
    workspaces.mkdir(parents=True, exist_ok=True)
    if not (folder / NOTEBOOK).exists():
        shutil.copy(ROOT / "docs" / "demo" / NOTEBOOK, folder / NOTEBOOK)
    panel = "tfgpu-lab-panel"
    layout = {
        "main": {
            "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [f"notebook:{NOTEBOOK}"]},
            "current": f"notebook:{NOTEBOOK}",
        },
        "left": {"collapsed": True, "visible": True, "current": None, "widgets": []},
        "right": {"collapsed": False, "visible": True, "current": panel, "widgets": [panel]},
        "relativeSizes": [0, 0.7, 0.3],
    }
    data = {
        "layout-restorer:data": layout,
        f"notebook:{NOTEBOOK}": {"data": {"path": NOTEBOOK, "factory": "Notebook"}},
    }
    workspace = {"data": data, "metadata": {"id": WORKSPACE}}
    # JupyterLab's own name for the file of this workspace: the slug of its id and a hash.
    from jupyterlab_server.workspaces_handler import slugify

    name = slugify(WORKSPACE, base="") + ".jupyterlab-workspace"
    (workspaces / name).write_text(json.dumps(workspace))
    notifications = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notifications.parent.mkdir(parents=True, exist_ok=True)
    notifications.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))


def main() -> None:
    """Become `jupyter lab`."""
    folder = ROOT / ".demo"
    prepare(folder)
    jupyter = Path(sys.executable).parent / "jupyter"
    command = [
        str(jupyter),
        "lab",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.workspaces_dir={folder / '.workspaces'}",
        f"--LabApp.user_settings_dir={folder / '.settings'}",
        f"--LabApp.default_url=/lab/workspaces/{WORKSPACE}/tree/{quote(NOTEBOOK)}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    os.execv(command[0], [*command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
