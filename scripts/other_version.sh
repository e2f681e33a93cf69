#!/usr/bin/env bash
# An environment with another version of JupyterLab or Notebook, which runs this clone's extension without installing it.
# Usage: other_version.sh FOLDER REQUIREMENT...
set -euo pipefail
folder=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/python" -m pip install -q "$@" ipykernel msgspec nvidia-ml-py
packages=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
echo "$root" > "$packages/tfgpu_lab.pth"
mkdir -p "$folder/share/jupyter/labextensions" "$folder/etc/jupyter/jupyter_server_config.d"
ln -sfn "$root/tfgpu_lab/labextension" "$folder/share/jupyter/labextensions/tfgpu-lab"
cp "$root"/jupyter-config/server-config/*.json "$folder/etc/jupyter/jupyter_server_config.d/"
