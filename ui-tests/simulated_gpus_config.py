"""The same server as `jupyter_server_test_config`, with a simulated NVIDIA driver below it.

The driver reads `scenario.txt` in the server's folder anew whenever it changes: a test writes there what it wants.
"""

import json
import os
import sys
from pathlib import Path

from traitlets.config import get_config

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests import plugin, scenario, simulated  # noqa: E402
from tests.end_to_end.environment import SimulatedEnvironment  # noqa: E402

c = get_config()
load_subconfig("jupyter_server_test_config.py")  # type: ignore[name-defined] # noqa: F821 - traitlets defines it

FOLDER = HERE / ".state" / os.environ["TFGPU_TEST_STATE"]
LIBRARIES = FOLDER / "lib"
LIBRARIES.mkdir()
driver = scenario.Scenario(FOLDER)
driver.say("gpus 1")
os.environ.update(driver.environment)

# This process finds the libraries because they are loaded already, the kernels on their path.
loaded = [scenario.preload(scenario.build(LIBRARIES)), scenario.preload(simulated.cuda_driver(LIBRARIES))]
os.environ["LD_LIBRARY_PATH"] = str(LIBRARIES)


def kernelspec(name: str, python: Path, env: dict[str, str]) -> None:
    """Write a kernelspec into the server's own folder."""
    path = FOLDER / "jupyter" / "kernels" / name / "kernel.json"
    path.parent.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path.write_text(json.dumps({"argv": argv, "display_name": name, "language": "python", "env": env}))


# A kernel whose TensorFlow computes on a GPU, so that a fit is seen there.
kernelspec("computes", Path(sys.executable), {**plugin.variables(), "TF_CPP_MIN_LOG_LEVEL": "3"})
# One with simulated CUDA libraries: it computes nothing, but its GPU can be parted, and its start can fail.
cuda = SimulatedEnvironment(FOLDER / "cuda")
cuda.mend()
kernelspec("cuda", cuda.python, {**cuda.variables(SIMULATED_MEMORY_MB="4096"), "PYTHONPATH": ""})

c.TfGpuLab.sample_interval_s = 0.5
c.TfGpuLab.sample_stall_s = 1.0
c.TfGpuLab.sample_grace_s = 2.0  # each page begins with a driver that is loaded anew
c.TfGpuLab.sample_processes_every = 1
