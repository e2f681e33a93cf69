"""Packages named tensorflow that behave as the real one may: what a test of the import needs, without its weight."""

import os
import sys
from pathlib import Path

from tfgpu_lab.kernels.interpreter import Launch

LISTS = """
import os, sys
__version__ = "2.99.0"
class _Gpu:
    name = "/physical_device:GPU:0"
class config:
    @staticmethod
    def list_physical_devices(kind):
        assert kind == "GPU"
        mask = os.environ.get("CUDA_VISIBLE_DEVICES")
        print("on stdout", mask)
        os.write(2, b"I dso_loader.cc:144] Could not load dynamic library 'libcudnn.so.9'; dlerror: no\\n")
        return [] if mask == "-1" else [_Gpu()]
    class experimental:
        @staticmethod
        def get_device_details(gpu):
            return {"compute_capability": (9, 0), "device_name": "Simulated GPU"}
"""
BREAKS = "raise ImportError('libcublas.so.10.0: cannot open shared object file: No such file or directory')\n"
HANGS = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
open(__file__ + ".pids", "w").write(f"{__import__('os').getpid()} {child.pid}")
time.sleep(300)
"""
CRASHES = "import os; os.abort()\n"
ANSWERS_NONSENSE = LISTS.replace('"/physical_device:GPU:0"', "7")
TALKS = LISTS.replace("import os, sys", "import os, sys\nfor _ in range(20000): os.write(2, b'x' * 99 + b'\\n')")
TELLS_VARIABLES = LISTS.replace(
    "import os, sys",
    "import os, sys\nos.write(2, repr({k: v for k, v in os.environ.items() if 'TF' in k or 'PATH' in k}).encode())",
)


def launch(folder: Path, source: str, **env: str) -> Launch:
    """Return how to start this Python with a package tensorflow of that source."""
    package = folder / "site" / "tensorflow"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source)
    return Launch(argv=(sys.executable,), env={"PATH": os.environ["PATH"], "PYTHONPATH": str(package.parent), **env})
