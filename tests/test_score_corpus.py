"""scripts/score_corpus.py on made-up reports: what is stated counts, what is not is unknown."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MASKED = (
    'I cuda_diagnostics.cc:160] env: CUDA_VISIBLE_DEVICES="-1"\n'
    "I cuda_diagnostics.cc:163] CUDA_VISIBLE_DEVICES is set to -1 - this hides all GPUs from CUDA\n"
)
CREATED = (
    "I0000 00:00:1795380129.163681   11572 gpu_device.cc:2043] Created device "
    "/job:localhost/replica:0/task:0/device:GPU:0 with 5368 MB memory: "
    " -> device: 0, name: NVIDIA GPU, pci bus id: 0000:01:00.0, compute capability: 9.0\n"
)


def report(family, log="", **more):
    plain = {"log": log, "family": family, "also_accept": [], "log_sufficient": bool(log), "platform": "Linux"}
    return plain | {"tf_version": "2.16.1", "environment": "pip", "facts": {}} | more


REPORTS = {
    "a log": report("hidden-by-env", MASKED),
    "a system with another cuDNN": report(
        "cudnn-version-mismatch", facts={"cuda_installed": "12.3", "cudnn_installed": "9"}
    ),
    "a system with another CUDA": report("cuda-version-mismatch", facts={"cuda_installed": "11.8"}),
    "conda": report(
        "cpu-only-build", environment="conda", facts={"conda_packages": ["tensorflow-base=2.16.1=cpu_py311h1_0"]}
    ),
    "Windows": report("windows-native-unsupported", platform="Windows 11"),
    "no GPU in the machine": report("no-gpu-on-node", facts={"gpu_in_machine": False}),
    "two packages": report(
        "conflicting-tf-packages", tf_version="1.14", facts={"pip_packages": ["tensorflow", "tensorflow-gpu"]}
    ),
    "driver and library": report("driver-version-skew", facts={"libcuda": "470.57.2", "kernel_module": "460.91.3"}),
    "nothing is said": report("keras-backend"),
    "used": report("gpu-used-false-alarm", CREATED),
}


def score(folder, reports):
    for name, one in reports.items():
        (folder / f"{name}.json").write_text(json.dumps({"id": name, **one}))
    (folder / "families.json").write_text("{}")
    command = [sys.executable, ROOT / "scripts" / "score_corpus.py", folder]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def test_the_facts_find_what_the_log_does_not_say(tmp_path):
    done = score(tmp_path, REPORTS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-4:] == [
        "explain, where the log is sufficient: 2 of 2 (100%)",
        "explain, all: 2 of 10 (20%)",
        "rules on the stated facts, then explain, all: 9 of 10 (90%)",
        "negatives called a fallback: none",
    ]


def test_a_used_gpu_that_is_called_a_fallback_fails(tmp_path):
    done = score(tmp_path, {"slandered": report("gpu-used-false-alarm", MASKED)})
    assert done.returncode == 1
    assert "negatives called a fallback: ['slandered']" in done.stdout
