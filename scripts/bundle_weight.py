"""Prints what the browser loads and fails when it grew past its bounds."""

import gzip
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "tfgpu_lab" / "labextension" / "static"
KILOBYTE = 1000
# What every start of JupyterLab pays, and what a user pays who opens the panel; gzip.
BOUNDS = {"remoteEntry": 5 * KILOBYTE, "at start": 12 * KILOBYTE, "all bundles": 60 * KILOBYTE}


def main() -> int:
    """Weigh the built labextension."""
    entry = next(STATIC.glob("remoteEntry.*.js"))
    bundles = sorted(path for path in STATIC.glob("*.js") if path != entry and path.name != "style.js")
    weights = {path.name: len(gzip.compress(path.read_bytes(), mtime=0)) for path in [entry, *bundles]}
    # JupyterLab loads the exposed plugin module and its style at start; the chunks of dynamic imports come later.
    lazy = {name for name in weights if name.startswith(("panel.", "panel-"))}
    sums = {
        "remoteEntry": weights[entry.name],
        "at start": sum(weight for name, weight in weights.items() if name != entry.name and name not in lazy),
        "all bundles": sum(weight for name, weight in weights.items() if name != entry.name),
    }
    print(json.dumps(weights, indent=1))
    heavy = False
    for name, weight in sums.items():
        over = weight > BOUNDS[name]
        heavy |= over
        print(f"{name}: {weight / KILOBYTE:.1f} kB gzip of {BOUNDS[name] / KILOBYTE:.0f}{' TOO HEAVY' if over else ''}")
    if not lazy:
        print("No lazy chunk named panel.*: the panel is loaded at start.")
    return 1 if heavy or not lazy else 0


if __name__ == "__main__":
    sys.exit(main())
