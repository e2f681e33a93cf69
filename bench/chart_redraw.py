"""What redrawing the charts costs the browser: main-thread time a tick with 8 GPUs x 600 points, and memory.

python bench/chart_redraw.py [--ticks 30] [--peer PYTHON]

Real JupyterLab in Chromium over simulated GPUs; what the server answers is replaced by a full history that grows by one
sample a tick. With `--peer`, the interpreter of an environment that has jupyterlab-nvdashboard, its GPU panels are
measured at their default of ten redraws a second in the same run. Ratios carry; absolute figures are this machine's.
Ends with 1 when a limit is broken. Needs what the browser tests need.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import scenario  # noqa: E402

TOKEN = "bench"
LIMIT_MS = 12.0
PEER_LIMIT = 0.2
GROWTH_LIMIT = 1.1
START_S = 60.0


def serve(python: str, folder: Path, library: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start JupyterLab over 8 simulated GPUs; return it and its address once it answers."""
    folder.mkdir()
    driver = scenario.Scenario(folder)
    driver.say("gpus 8", *(f"set utilization {index * 12} {index}" for index in range(8)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, **driver.environment, "LD_LIBRARY_PATH": str(library.parent)}
    env |= {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "RUNTIME", "DATA")}
    command = [
        python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--log-level=ERROR",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=",
        f"--LabApp.workspaces_dir={folder}", f"--LabApp.user_settings_dir={folder}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=env)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}").close()
            return server, url
        time.sleep(0.2)
    server.kill()
    raise TimeoutError("JupyterLab does not start")


def measure(python: str, what: str, ticks: int, folder: Path, library: Path) -> dict[str, float]:
    """Run the page of `what` and return its figures."""
    server, url = serve(python, folder, library)
    try:
        script = ["node", str(ROOT / "bench" / "chart_redraw.mjs"), url, TOKEN, what, str(ticks)]
        done = subprocess.run(script, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        figures: dict[str, float] = json.loads(done.stdout)
        return figures
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=30)
    parser.add_argument("--peer", help="interpreter of an environment with jupyterlab-nvdashboard")
    options = parser.parse_args()
    broken = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "lib").mkdir()
        library = scenario.build(folder / "lib")
        ours = measure(sys.executable, "ours", options.ticks, folder / "ours", library)
        for key, value in ours.items():
            print(f"ours: {key:40}{value:10.2f}")
        growth = ours["heap_mb_after_an_hour"] / ours["heap_mb_after_ten_minutes"]
        broken += ours["ms_a_tick"] > LIMIT_MS
        broken += ours["long_tasks"] > 0
        broken += growth > GROWTH_LIMIT
        print(f"ms a tick against the limit of {LIMIT_MS:.0f}: {ours['ms_a_tick'] / LIMIT_MS:.2f}")
        print(f"heap after an hour against after ten minutes, at most {GROWTH_LIMIT}: {growth:.2f}")
        if options.peer:
            theirs = measure(options.peer, "peer", options.ticks, folder / "peer", library)
            for key, value in theirs.items():
                print(f"peer: {key:40}{value:10.2f}")
            for key in ("ms_a_tick", "ms_a_second"):
                ratio = ours[key] / theirs[key]
                print(f"{key}, ours against the peer's: {ratio:.2f}")
            broken += ratio > PEER_LIMIT
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
