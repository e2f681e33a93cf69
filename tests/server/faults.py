"""What the server answers in each fault, kept for the tests of the panel: src/__tests__/faults.json.

With TFGPU_RECORD=1 in the environment, the tests of the faults write the file; otherwise they hold it against the
server, so that the panel is tested with what the server says today.
"""

import json
import os
import re
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "src" / "__tests__" / "faults.json"
AT_S = 1_700_000_000


def keep(name, answer, *, processes=False):
    """Record an answer of `gpus`, or compare it; of the GPUs, those that are not well and one that is."""
    ours = _lasting(answer, processes=processes)
    faults = json.loads(PAGE.read_text()) if PAGE.exists() else {}
    if os.environ.get("TFGPU_RECORD"):
        faults[name] = ours
        PAGE.write_text(json.dumps(dict(sorted(faults.items())), indent=2, ensure_ascii=False) + "\n")
    assert faults.get(name) == ours, "Run tests/server/test_gpu_faults.py with TFGPU_RECORD=1, and look at the changes."


def _lasting(answer, *, processes):
    """Return an answer without what differs from run to run and from machine to machine."""
    newest = answer["samples"][-1:]
    readings = {one["uuid"]: one for sample in newest for one in sample["gpus"]}
    well = [one for one in answer["devices"] if one["state"] == "ok"]
    devices = [one for one in answer["devices"] if one["state"] != "ok" or one == well[0] or len(well) < 3]
    uuids = [one["uuid"] for one in devices]
    lasting = {
        **answer,
        "hardware": {"controllers": [], "unreadable": None},
        "devices": devices,
        "samples": [
            {**sample, "seq": 1, "at_s": AT_S, "gpus": [readings[uuid] for uuid in uuids]} for sample in newest
        ],
        "processes": [one for one in answer["processes"] if processes and one["uuid"] in uuids],
        "idle_holders": [],
        "seq": 1,
    }
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "10:00:00", json.dumps(lasting))
    text = re.sub(r'"((?:stalled_since|at)_s)": [\d.]+', rf'"\1": {AT_S}', text)
    return json.loads(text)
