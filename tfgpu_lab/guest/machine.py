"""Reports what stands around this interpreter: driver, GPUs, device files, container.

Runs in the kernel's interpreter with the kernel's environment; standard library only, Python >= 3.8. cuInit is called
in children only: it would freeze CUDA_VISIBLE_DEVICES in the process and break a later fork.
"""

import errno
import glob
import json
import os
import re
import subprocess
import sys
import time

REQUEST = globals().get("REQUEST", {})
CHILD_S = 5.0  # a driver that does not answer by then hangs
UNREAD = {}
NOW = REQUEST.get("now")
# Read by the loader and by Python when the process starts: later changes have no effect.
READ_AT_START = ("LD_LIBRARY_PATH", "PYTHONPATH")


def main():
    linux = sys.platform.startswith("linux")
    env = child_environment()
    masked = "CUDA_VISIBLE_DEVICES" in env
    unmasked = {name: value for name, value in env.items() if name != "CUDA_VISIBLE_DEVICES"}
    # All are started before the first is waited for.
    children = [Child(CUDA, env), Child(NVML, env)] if linux else []
    other = Child(CUDA, unmasked) if linux and masked else None
    return {
        "kernel_module": read(kernel_module, "kernel_module", {"version": None, "source": None, "cards": []}),
        "hardware": hardware(),
        "device_nodes": read(device_nodes, "device_nodes", []) if linux else [],
        "surroundings": read(surroundings, "surroundings", dict.fromkeys(("container", "scheduler", "hosted", "wsl"))),
        "conda": read(conda, "conda", None),
        "cuda": cuda(children[0]) if children else None,
        "nvml": nvml(children[1]) if children else None,
        "cuda_unmasked": cuda(other) if other else None,
        "unread": UNREAD,
    }


def read(part, name, default):
    try:
        return part()
    except Exception as error:
        UNREAD[name] = "%s: %s" % (type(error).__name__, error)
        return default


def child_environment():
    """The environment at start, with what the notebook changed since: cuInit reads it when it is called."""
    env = dict(os.environ)
    if NOW is None:
        return env
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        env.pop(name, None)
        if name in NOW:
            env[name] = NOW[name]
    return env


def kernel_module():
    for path in ("/proc/driver/nvidia/version", "/sys/module/nvidia/version"):
        try:
            with open(path) as file:
                match = re.search(r"\d{3,}\.\d+(\.\d+)?", file.read())
        except FileNotFoundError:
            continue
        return {"version": match.group(0) if match else "unknown", "source": path, "cards": driver_cards()}
    return {"version": None, "source": None, "cards": []}


def driver_cards():
    """Models of the cards that the kernel module drives: the host's, also in a container."""
    models = []
    for path in sorted(glob.glob("/proc/driver/nvidia/gpus/*/information")):
        match = re.search(r"^Model:\s*(.*\S)", text(path), re.M)
        models.append(match.group(1) if match else "unknown")
    return models


def hardware():
    """Display and 3D controllers (PCI class 03) and what drives them."""
    if not sys.platform.startswith("linux"):
        return {"controllers": [], "unreadable": "The PCI bus cannot be read on %s." % sys.platform}
    try:
        buses = os.listdir("/sys/bus")
        devices = sorted(os.listdir("/sys/bus/pci/devices")) if "pci" in buses else []
        if not buses:
            raise OSError("/sys/bus is empty")
    except OSError as error:
        return {"controllers": [], "unreadable": "The PCI bus cannot be read: %s." % error}
    found, unreadable = [], None
    for address in devices:
        folder = os.path.join("/sys/bus/pci/devices", address)
        try:
            ids = {}
            for name in ("class", "vendor", "device"):
                with open(os.path.join(folder, name)) as file:
                    ids[name] = file.read().strip()[2:]
        except OSError as error:
            unreadable = "The PCI device %s cannot be read: %s." % (address, error)
            continue
        if ids["class"].startswith("03"):
            link = os.path.join(folder, "driver")
            driver = os.path.basename(os.path.realpath(link)) if os.path.exists(link) else None
            found.append({"address": address, "vendor_id": ids["vendor"], "device_id": ids["device"], "driver": driver})
    return {"controllers": found, "unreadable": unreadable}


def device_nodes():
    paths = [p for p in glob.glob("/dev/nvidia[0-9]*") if re.search(r"\d+$", p)]
    paths += [p for p in ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/dxg", "/dev/kfd") if os.path.exists(p)]
    if "/dev/kfd" in paths:
        paths += glob.glob("/dev/dri/renderD*")
    if paths or os.path.exists("/proc/driver/nvidia/version"):
        if not os.path.exists("/dev/dxg"):
            paths += ["/dev/nvidiactl", "/dev/nvidia-uvm"]
    nodes = []
    for path in sorted(set(paths)):
        error = None
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK))
        except OSError as problem:
            error = errno.errorcode.get(problem.errno, str(problem.errno))
        nodes.append({"path": path, "error": error})
    return nodes


def surroundings():
    env = os.environ
    cgroup = text("/proc/1/cgroup") + text("/proc/self/cgroup")
    marks = (
        ("kubernetes", "KUBERNETES_SERVICE_HOST" in env or "kubepods" in cgroup),
        ("singularity", "SINGULARITY_NAME" in env or "APPTAINER_NAME" in env),
        ("podman", os.path.exists("/run/.containerenv")),
        ("docker", os.path.exists("/.dockerenv") or "/docker" in cgroup),
        ("lxc", "/lxc" in cgroup),
        ("container", bool(env.get("container"))),
    )
    schedulers = (("slurm", "SLURM_JOB_ID"), ("pbs", "PBS_JOBID"), ("lsf", "LSB_JOBID"))
    hosts = (
        ("colab", "COLAB_RELEASE_TAG"),
        ("kaggle", "KAGGLE_KERNEL_RUN_TYPE"),
        ("sagemaker", "SAGEMAKER_APP_TYPE"),
        ("binder", "BINDER_SERVICE_HOST"),
        ("jupyterhub", "JUPYTERHUB_API_URL"),
    )
    release = text("/proc/sys/kernel/osrelease").lower()
    return {
        "container": next((name for name, there in marks if there), None),
        "scheduler": next((name for name, variable in schedulers if variable in env), None),
        "hosted": next((name for name, variable in hosts if variable in env), None),
        "wsl": (2 if "wsl2" in release or os.path.exists("/run/WSL") else 1) if "microsoft" in release else None,
    }


CONDA = re.compile(r"(tensorflow|libtensorflow|cudnn|cudatoolkit|cuda|libcu[a-z]+)(-[a-z-]+)?-\d[^-]*-[^-]+\.json$")
ASSIGNMENT = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(LD_LIBRARY_PATH|XLA_FLAGS|CUDA_(?:HOME|PATH|VISIBLE_DEVICES))=[\"']?([^\"'\n;#]*)", re.M
)


def conda():
    """Build strings of TensorFlow's and CUDA's packages, and the variables that only `conda activate` sets."""
    records = os.path.join(sys.prefix, "conda-meta")
    if not os.path.isdir(records):
        return None
    packages, scripts = [], []
    for entry in sorted(os.listdir(records)):
        if CONDA.match(entry):
            name, version, build = entry[: -len(".json")].rsplit("-", 2)
            packages.append({"name": name, "version": version, "build": build})
    for path in sorted(glob.glob(os.path.join(glob.escape(sys.prefix), "etc", "conda", "activate.d", "*.sh"))):
        found = dict(ASSIGNMENT.findall(text(path)))
        if found:
            own = {n: re.sub(r"\$(CONDA_PREFIX|\{CONDA_PREFIX\})", lambda _: sys.prefix, v) for n, v in found.items()}
            scripts.append({"path": path, "variables": own})
    return {"packages": packages, "scripts": scripts}


def text(path):
    try:
        with open(path, errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""


class Child:
    """A child process: what could hang, crash or change this process happens there."""

    def __init__(self, code, env, args=()):
        self.deadline = time.time() + CHILD_S
        self.process = None
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", CHILD + code, *args],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except Exception as error:
            self.error = "It could not be asked: %s." % error

    def answers(self):
        """The JSON lines it wrote, and why it did not end well (one sentence, or null)."""
        if self.process is None:
            return [], self.error
        failure = None
        try:
            out = self.process.communicate(timeout=max(0.0, self.deadline - time.time()))[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            out = self.process.communicate()[0]
            failure = "It did not answer within %g s." % CHILD_S
        if not failure and self.process.returncode:
            code = self.process.returncode
            failure = "It ended with signal %d." % -code if code < 0 else "It ended with status %d." % code
        return [json.loads(line) for line in out.decode("utf-8", "replace").splitlines() if line.endswith("}")], failure


CHILD = """
import ctypes, json, os, sys
def say(**facts): os.write(1, (json.dumps(facts) + "\\n").encode())
def mapped(name):
    try:
        for line in open("/proc/self/maps"):
            path = line[line.find("/"):].strip()
            if "/" in line and os.path.basename(path).startswith(name): return os.path.realpath(path)
    except OSError: pass
    return name
def load(name):
    try: library = ctypes.CDLL(name)
    except OSError as error:
        say(library_error=str(error)); sys.exit()
    say(library=mapped(name[:name.index(".so")]))
    return library
"""
CUDA = """
cuda = load("libcuda.so.1")
code = cuda.cuInit(0)
text = ctypes.c_char_p()
try: cuda.cuGetErrorName(code, ctypes.byref(text))
except AttributeError: pass
say(cuinit_code=code, cuinit_name=(text.value or b"CUresult %d" % code).decode())
number = ctypes.c_int()
if cuda.cuDriverGetVersion(ctypes.byref(number)) == 0: say(cuda_version=number.value)
devices = []
if code == 0 and cuda.cuDeviceGetCount(ctypes.byref(number)) == 0:
    for i in range(number.value):
        device, name, value, total = ctypes.c_int(), ctypes.create_string_buffer(96), ctypes.c_int(), ctypes.c_size_t()
        def attribute(which):
            value.value = 0
            cuda.cuDeviceGetAttribute(ctypes.byref(value), which, device)
            return value.value
        cuda.cuDeviceGet(ctypes.byref(device), i)
        cuda.cuDeviceGetName(name, 96, device)
        cuda.cuDeviceTotalMem_v2(ctypes.byref(total), device)
        devices.append({"name": name.value.decode("utf-8", "replace"), "memory_total_bytes": total.value,
            "compute_capability": "%d.%d" % (attribute(75), attribute(76)), "multiprocessors": attribute(16)})
say(devices=devices)
"""
NVML = """
nvml = load("libnvidia-ml.so.1")
code = nvml.nvmlInit_v2()
say(init_code=code)
if code == 0:
    text = ctypes.create_string_buffer(96)
    if nvml.nvmlSystemGetDriverVersion(text, 96) == 0: say(driver_version=text.value.decode())
    class Process(ctypes.Structure):
        _fields_ = [("pid", ctypes.c_uint), ("memory", ctypes.c_ulonglong), ("instance", ctypes.c_uint * 2)]
    def ours(pid):
        try: return os.stat("/proc/%d" % pid).st_uid == os.getuid()
        except OSError: return False
    def ask(function, *arguments):
        try: return getattr(nvml, function)(device, *arguments) == 0
        except AttributeError: return False
    number, pending = ctypes.c_uint(), ctypes.c_uint()
    try: known = nvml.nvmlDeviceGetCount_v2(ctypes.byref(number)) == 0
    except AttributeError: known = False
    devices = []
    for i in range(number.value if known else 0):
        device = ctypes.c_void_p()
        if nvml.nvmlDeviceGetHandleByIndex_v2(i, ctypes.byref(device)): continue
        named = ask("nvmlDeviceGetName", text, 96) and text.value.decode("utf-8", "replace")
        uuid = ask("nvmlDeviceGetUUID", text, 96) and text.value.decode("utf-8", "replace")
        memory, count, held = (ctypes.c_ulonglong * 3)(), ctypes.c_uint(64), (Process * 64)()
        sized = ask("nvmlDeviceGetMemoryInfo", memory)
        mode = number.value if ask("nvmlDeviceGetComputeMode", ctypes.byref(number)) else None
        mig = bool(number.value) if ask("nvmlDeviceGetMigMode", ctypes.byref(number), ctypes.byref(pending)) else None
        listed = ask("nvmlDeviceGetComputeRunningProcesses_v3", ctypes.byref(count), held)
        # NVML writes all ones where it cannot tell the memory. Other users' processes leave here as a number only.
        there = held[: count.value] if listed else []
        processes = [{"pid": p.pid, "memory_used_bytes": p.memory if p.memory < 1 << 60 else None} for p in there]
        own = [p for p in processes if ours(p["pid"])]
        devices.append({"uuid": uuid or None, "name": named or None, "memory_total_bytes": memory[0] if sized else None,
            "memory_free_bytes": memory[1] if sized else None, "compute_mode": mode, "mig_enabled": mig,
            "processes": own, "others": len(processes) - len(own)})
    say(devices=devices)
    nvml.nvmlShutdown()
"""


def cuda(child):
    lines, failure = child.answers()
    facts = {"library": None, "library_error": None, "cuinit_code": None, "cuinit_name": None, "cuda_version": None}
    facts.update({"devices": [], "failure": failure, "elsewhere": []})
    for line in lines:
        facts.update(line)
    if facts["library"] is None:
        known = ("/usr/lib/wsl/lib", "/usr/lib/nvidia*", "/usr/lib64/nvidia*", "/run/opengl-driver/lib")
        known += ("/usr/local/nvidia/lib*", "/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/local/cuda*/compat")
        facts["elsewhere"] = sorted({p for d in known for p in glob.glob(d + "/libcuda.so.1")})
    return facts


def nvml(child):
    facts = {"library": None, "library_error": None, "init_code": None, "driver_version": None, "devices": []}
    lines, failure = child.answers()
    for line in lines:
        facts.update(line)
    if failure:
        UNREAD["nvml"] = failure
    return facts


emit(main())  # noqa: F821 - the bootstrap of kernels/interpreter gives it
