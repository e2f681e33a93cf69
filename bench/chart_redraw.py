"""What redrawing the charts costs the browser: main-thread time a tick with 8 GPUs x 600 points, memory, closed panel.

python bench/chart_redraw.py [--ticks 30] [--minutes 60] [--peer PYTHON]

Real JupyterLab in Chromium over simulated GPUs; what the server answers is replaced by a full history that grows by one
sample a tick. Time is CPU time of the page's main thread beyond what the same page takes with the panel closed; there
is no graphics card to help it. An hour is simulated by a clock that goes faster. The GPU panels of
jupyterlab-nvdashboard are measured in the same run at their default of ten redraws a second, where there is an
interpreter that has it: `.venvs/peers`, or `--peer`. Ratios carry; absolute figures are this machine's. Ends with 1
when a limit is broken. Needs what the browser tests need, and Linux.
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
PEER = ROOT / ".venvs" / "peers" / "bin" / "python"
LIMIT_MS = 12.0
PEER_LIMIT = 0.2
GROWTH_LIMIT = 1.05
# Two windows of a JupyterLab in which nothing happens differ by so much.
CLOSED_LIMIT_MS = 2.0
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


def measure(python: str, what: str, options: argparse.Namespace, folder: Path, library: Path) -> dict[str, float]:
    """Run the page of `what` and return its figures."""
    server, url = serve(python, folder, library)
    try:
        script = ["node", str(ROOT / "bench" / "chart_redraw.mjs"), url, TOKEN, what, str(options.ticks)]
        script.append(str(options.minutes))
        done = subprocess.run(script, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        figures: dict[str, float] = json.loads(done.stdout)
        return figures
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=30)
    parser.add_argument("--minutes", type=int, default=60, help="how much time is simulated for the memory, 0 for none")
    parser.add_argument("--peer", type=Path, default=PEER, help="interpreter that has jupyterlab-nvdashboard")
    options = parser.parse_args()
    broken = 0

    def judge(what: str, value: float, limit: float) -> None:
        nonlocal broken
        broken += value > limit
        print(f"{what}, at most {limit:g}: {value:.2f}{'' if value <= limit else '   BROKEN'}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "lib").mkdir()
        library = scenario.build(folder / "lib")
        ours = measure(sys.executable, "ours", options, folder / "ours", library)
        for key, value in ours.items():
            print(f"ours: {key:40}{value:10.2f}")
        heaps = [value for key, value in ours.items() if key.startswith("heap")]
        judge("ms of the main thread a tick", ours["ms_a_tick"], LIMIT_MS)
        judge("long tasks beyond JupyterLab's own", ours["long_tasks"] - ours["idle_long_tasks"], 0)
        if heaps:
            judge("heap at the end against that after ten minutes", heaps[-1] / heaps[0], GROWTH_LIMIT)
        judge("requests of a closed panel", ours["closed_requests"], 0)
        judge("ms a second of a closed panel", ours["closed_ms_a_second"], CLOSED_LIMIT_MS)
        if not options.peer.exists():
            print(f"No jupyterlab-nvdashboard to compare with: there is no {options.peer}.")
            return 1 if broken else 0
        theirs = measure(str(options.peer), "peer", options, folder / "peer", library)
        for key, value in theirs.items():
            print(f"peer: {key:40}{value:10.2f}")
        print(f"ms a redraw, ours against the peer's: {ours['ms_a_tick'] / theirs['ms_a_tick']:.2f}")
        judge("ms a second, ours against the peer's", ours["ms_a_second"] / theirs["ms_a_second"], PEER_LIMIT)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
