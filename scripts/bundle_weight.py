"""Prints what the browser loads and fails when it grew past its bounds."""

import gzip
import json
import re
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
    # JupyterLab loads what the entry exposes at start; the chunks of dynamic imports come later.
    numbers = set(
        re.findall(r"\.e\((\d+)\)", "".join(re.findall(r'"\./\w+":\(\)=>.*?(?=,"\./|\})', entry.read_text())))
    )
    eager = {name for name in weights if name.split(".")[0] in numbers}
    sums = {
        "remoteEntry": weights[entry.name],
        "at start": sum(weights[name] for name in eager),
        "all bundles": sum(weight for name, weight in weights.items() if name != entry.name),
    }
    print(json.dumps(weights, indent=1))
    heavy = False
    for name, weight in sums.items():
        over = weight > BOUNDS[name]
        heavy |= over
        print(f"{name}: {weight / KILOBYTE:.1f} kB gzip of {BOUNDS[name] / KILOBYTE:.0f}{' TOO HEAVY' if over else ''}")
    late = {"panel", "chart"} - {name.split(".")[0] for name in weights.keys() - eager}
    if not eager or late:
        print(f"Loaded at start: {sorted(eager)}; not loaded later, as they should be: {sorted(late)}.")
    return 1 if heavy or not eager or late else 0


if __name__ == "__main__":
    sys.exit(main())
