"""Reports what is installed for this interpreter and what the loader would find: TensorFlow is not imported.

Runs in the kernel's interpreter with the kernel's environment; standard library only, Python >= 3.8. `REQUEST["now"]`
holds the allow-listed variables of the running kernel, or null. With guest/machine it makes models/environment.
"""

import ast
import base64
import glob
import hashlib
import importlib.machinery
import json
import os
import platform
import re
import struct
import subprocess
import sys
import time

REQUEST = globals().get("REQUEST", {})
BEGIN = time.time()
CHILD_S = 5.0  # a driver that does not answer by then hangs
UNREAD = {}
NOW = REQUEST.get("now")
# Names only from here ever leave the interpreter. TF_ alone would not do: Terraform's secrets begin with it too.
REPORTED = re.compile(
    r"(CUDA_(VISIBLE_DEVICES|DEVICE_ORDER|HOME|PATH)|LD_LIBRARY_PATH|TF_(CPP|GPU|XLA)_[A-Z0-9_]+|TF_FORCE_GPU_ALLOW_GROWTH|"
    r"TF_(USE_LEGACY_KERAS|MIN_GPU_MULTIPROCESSOR_COUNT|PLUGGABLE_DEVICE_LIBRARY_PATH|ENABLE_ONEDNN_OPTS)|XLA_FLAGS|KERAS_(BACKEND|HOME)|"
    r"NVIDIA_(VISIBLE_DEVICES|DRIVER_CAPABILITIES)|CONDA_PREFIX|PYTHON(PATH|NOUSERSITE)|SLURM_JOB_(ID|GPUS)|"
    r"HSA_OVERRIDE_GFX_VERSION|ROCM_PATH)$"
)
READ_AT_START = ("LD_LIBRARY_PATH", "PYTHONPATH")  # by the loader and by Python: later changes have no effect
FRAMEWORKS = re.compile(
    r"(tensorflow|tf-nightly|intel-tensorflow|nvidia-tensorflow|keras|tf-keras|torch|jax|jaxlib|openvino)(-|$)"
)


def main():
    install = read(tensorflow_install, "tensorflow", None)
    report = {
        "interpreter": interpreter(),
        "distributions": [d for d in DISTRIBUTIONS if FRAMEWORKS.match(d["name"])],
        "nvidia_wheels": [d for d in DISTRIBUTIONS if re.match(r"nvidia-(?!ml-py|tensorflow)", d["name"])],
        "tensorflow": install,
        "libraries": read(lambda: with_load_errors(libraries(install)), "libraries", []),
        "variables": variables(),
        "keras": read(keras, "keras", {"version": None, "backend": "tensorflow", "source": "default"}),
        "unread": UNREAD,
    }
    report["duration_s"] = round(time.time() - BEGIN, 4)
    return report


def read(part, name, default):
    try:
        return part()
    except Exception as error:
        UNREAD[name] = "%s: %s" % (type(error).__name__, error)
        return default


def current(name):
    source = os.environ if NOW is None or name in READ_AT_START else NOW
    return source.get(name)


def variables():
    now = os.environ if NOW is None else NOW
    names = sorted(n for n in set(os.environ) | set(now) if REPORTED.match(n))
    return [{"name": n, "at_start": os.environ.get(n), "now": now.get(n)} for n in names]


def interpreter():
    if os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        manager = "conda"
    else:
        manager = "venv" if sys.prefix != sys.base_prefix else "system"
    return {
        "executable": sys.executable,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "version": platform.python_version(),
        "platform": sys.platform,
        "machine": platform.machine(),
        "manager": manager,
    }


def listed(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def installed():
    """Distributions by the names of their folders: no metadata is parsed, so that none can break this."""
    found, seen = [], set()
    for folder in sys.path:
        for entry in sorted(listed(folder or ".")):
            match = re.match(r"(.+?)-(\d[^-]*)(-py[\d.]+)?\.(dist|egg)-info$", entry)
            name = match and re.sub(r"[-_.]+", "-", match.group(1)).lower()
            if match and name not in seen:
                seen.add(name)
                path = os.path.join(folder, entry)
                found.append({"name": name, "version": match.group(2), "location": folder, "path": path})
    return found


ALL = read(installed, "distributions", [])
DISTRIBUTIONS = [{k: d[k] for k in ("name", "version", "location")} for d in ALL]
METADATA = {d["name"]: d["path"] for d in ALL}


def tensorflow_install():
    spec = importlib.machinery.PathFinder.find_spec("tensorflow")
    if spec is None:
        return None
    origin = spec.origin or next(iter(spec.submodule_search_locations or []), "")
    folder = os.path.dirname(origin) if spec.origin else origin
    path = os.path.join(folder, "python", "platform", "build_info.py")
    info = read(lambda: build_info(path), "build_info", {})
    owner = read(lambda: owner_of(folder, path), "RECORD", None)
    requires = read(lambda: and_cuda_requires(owner), "METADATA", []) if owner else []
    framework = next(iter(glob.glob(os.path.join(glob.escape(folder), "libtensorflow_framework.so.[0-9]"))), None)
    return {
        "origin": origin,
        "distribution": owner,
        "version": next((d["version"] for d in DISTRIBUTIONS if d["name"] == owner), None),
        "is_cuda_build": info.get("is_cuda_build"),
        "is_rocm_build": info.get("is_rocm_build"),
        "cuda_version": info.get("cuda_version"),
        "cudnn_version": info.get("cudnn_version"),
        "compute_capabilities": list(info.get("cuda_compute_capabilities") or []),
        "runpath": read(lambda: runpath(framework), "RUNPATH", []) if framework else [],
        "and_cuda_requires": requires,
    }


def build_info(path):
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "build_info":
            value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
            return dict(ast.literal_eval(value))
    raise ValueError("no build_info in " + path)


def owner_of(folder, path):
    """The distribution whose RECORD has the hash of the file on disk: several may claim the same folder."""
    with open(path, "rb") as file:
        digest = base64.urlsafe_b64encode(hashlib.sha256(file.read()).digest()).rstrip(b"=").decode()
    claims = []
    for dist in ALL:
        same_place = os.path.realpath(dist["location"] or ".") == os.path.realpath(os.path.dirname(folder))
        if not (same_place and FRAMEWORKS.match(dist["name"])):
            continue
        with open(os.path.join(dist["path"], "RECORD"), encoding="utf-8") as file:
            match = re.search(r"^tensorflow/python/platform/build_info\.py,(?:sha256=([\w-]+))?", file.read(), re.M)
        if match:
            claims.append((match.group(1), dist["name"]))
    exact = [name for value, name in claims if value == digest]
    return exact[0] if exact else None


def and_cuda_requires(owner):
    with open(os.path.join(METADATA[owner], "METADATA"), encoding="utf-8") as file:
        text = file.read()
    return re.findall(r"^Requires-Dist: (\S+?) ?; extra == [\"']and-cuda[\"']", text, re.M)


def runpath(path):
    """DT_RUNPATH of a 64-bit little-endian ELF file, $ORIGIN expanded; only headers and the string are read."""
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit ELF file: " + path)
        offset, size, count = struct.unpack_from("<Q", head, 32)[0], *struct.unpack_from("<HH", head, 54)
        file.seek(offset)
        table = file.read(size * count)
        segments = [struct.unpack_from("<IIQQQQ", table, i * size) for i in range(count)]
        loads = [(vaddr, at, length) for kind, _, at, vaddr, _, length in segments if kind == 1]
        dynamic = next(((at, length) for kind, _, at, _, _, length in segments if kind == 2), None)
        if dynamic is None:
            return []
        file.seek(dynamic[0])
        entries = dict(struct.iter_unpack("<qQ", file.read(dynamic[1] // 16 * 16)))
        if 29 not in entries or 5 not in entries:
            return []
        at = next(a + entries[5] - vaddr for vaddr, a, length in loads if vaddr <= entries[5] < vaddr + length)
        file.seek(at + entries[29])
        text = file.read(1 << 16).split(b"\0")[0].decode("utf-8", "replace")
    here = os.path.dirname(path)
    parts = [re.sub(r"\$ORIGIN|\$\{ORIGIN\}", lambda _: here, part) for part in text.split(":") if part]
    return list(dict.fromkeys(os.path.normpath(part) for part in parts))


def sonames(install):
    """(soname, wheel) of the libraries that TensorFlow must open before it registers a GPU.

    Source: TryDlopenCUDALibraries in xla/tsl/platform/default/dlopen_checker.cc; majors as CUDA 11 and 12 ship them.
    """
    cuda, line = install["cuda_version"] or "", re.findall(r"\d+", install["version"] or "")[:2]
    major = cuda.split(".")[0]
    by_major = {
        "12": ("cudart.so.12", "cublas.so.12", "cublasLt.so.12", "cufft.so.11", "cusolver.so.11", "cusparse.so.12"),
        "11": ("cudart.so.11.0", "cublas.so.11", "cublasLt.so.11", "cufft.so.10", "cusolver.so.11", "cusparse.so.11"),
    }
    wheels = {"cudart": "cuda-runtime", "cublasLt": "cublas"}
    cudnn = (install["cudnn_version"] or "").split(".")[0]
    if major not in by_major or not cudnn:
        UNREAD["libraries"] = "which libraries TensorFlow built with CUDA %s needs is not known" % (major or "?")
        return []
    names = [*by_major[major], "cudnn.so." + cudnn]
    if cuda.startswith("11.0"):  # TensorFlow 2.4
        names[4] = "cusolver.so.10"
    if major == "11" and line and [int(n) for n in line] < [2, 12]:
        names.insert(4, "curand.so.10")
    stems = [name.split(".")[0] for name in names]
    return [("lib" + n, "nvidia-%s-cu%s" % (wheels.get(s, s), major)) for n, s in zip(names, stems)]


def libraries(install):
    if not install or not install["is_cuda_build"] or not sys.platform.startswith("linux"):
        return []
    cache = read(ld_cache, "ld.so.cache", {})
    paths = [p for p in os.environ.get("LD_LIBRARY_PATH", "").split(":") if p]
    defaults = ["/lib/%s-linux-gnu" % platform.machine(), "/usr/lib/%s-linux-gnu" % platform.machine()]
    defaults += ["/lib64", "/usr/lib64", "/lib", "/usr/lib"]
    steps = [("LD_LIBRARY_PATH", paths), ("RUNPATH", install["runpath"])]
    sites = sorted({d or "." for d in sys.path}) + [os.path.dirname(os.path.dirname(install["origin"]))]
    others = [os.path.join(glob.escape(s), "nvidia", "*", "lib") for s in sites]
    others += ["/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/*/lib", os.path.join(glob.escape(sys.prefix), "lib")]
    here = {os.path.realpath(f) for f in [*paths, *defaults, *(f for o in others[-3:] for f in glob.glob(o))]}
    there = {os.path.join(f, name) for f in here for name in listed(f) if name.startswith("libcu")}
    there |= {path for name, path in cache.items() if name.startswith("libcu")}
    result = []
    for soname, wheel in sonames(install):
        hits = [(os.path.join(f, soname), step) for step, folders in steps for f in folders]
        hits += [(cache[soname], "ld.so.cache")] if soname in cache else []
        hits += [(os.path.join(f, soname), "default") for f in defaults]
        path, step = next(((p, s) for p, s in hits if os.path.exists(p)), (None, None))
        real = path and os.path.realpath(path)
        copies = {os.path.realpath(c): c for o in others for c in glob.glob(os.path.join(o, soname))}
        elsewhere = sorted(c for r, c in copies.items() if r != real)
        another = re.compile(re.escape(soname.split(".so.")[0]) + r"\.so\.\d+(\.0)?$")
        known = [p for p in there if another.match(os.path.basename(p))]
        result.append(
            {
                "soname": soname,
                "path": path,
                "found_in": step,
                "load_error": None,
                "elsewhere": elsewhere,
                "wheel": wheel,
                "version": next(iter(re.findall(r"\.so\.(\d+\.\d+[.\d]*)$", real or "")), None),
                "preloads": None,
                "other_versions": sorted(p for p in known if not path and not os.path.basename(p).startswith(soname)),
            }
        )
    return result


def ld_cache():
    """From soname to path, by /etc/ld.so.cache, for this machine's word size only."""
    with open("/etc/ld.so.cache", "rb") as file:
        data = file.read()
    base = data.index(b"glibc-ld.so.cache1.1")
    kind = {"x86_64": 0x0300, "aarch64": 0x0A00}.get(platform.machine())
    (count,) = struct.unpack_from("<I", data, base + 20)

    def text(at):
        return data[base + at : data.index(b"\0", base + at)].decode("utf-8", "replace")

    found = {}
    for i in range(count):
        flags, key, value = struct.unpack_from("<iII", data, base + 48 + 24 * i)
        if kind is None or flags & 0xFF00 == kind:
            found.setdefault(text(key), text(value))
    return found


DLOPEN = """
import ctypes, json, os, sys
for path in sys.argv[1:]:
    error = None
    if path:
        try: ctypes.CDLL(path)
        except OSError as problem: error = str(problem)
    os.write(1, (json.dumps({"error": error}) + "\\n").encode())
"""


def with_load_errors(found):
    """Open each library in a child process: a broken one could crash or change this process.

    One that the loader does not find is opened by its full path where it lies, in the same child: a differential probe.
    """
    paths = [lib["path"] or next(iter(lib["elsewhere"]), "") for lib in found]
    if not any(paths):
        return found
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", DLOPEN, *paths],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    failure = None
    try:
        out = child.communicate(timeout=CHILD_S)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        out = child.communicate()[0]
        failure = "loading it did not end within %g s" % CHILD_S
    errors = [json.loads(line)["error"] for line in out.decode("utf-8", "replace").splitlines() if line.endswith("}")]
    if len(errors) < len(found):
        errors.append(failure or "loading it ended the process with status %d" % child.returncode)
        UNREAD["load_error"] = "the libraries after %s were not tried" % found[len(errors) - 1]["soname"]
    for library, error in zip(found, errors):
        if library["path"]:
            library["load_error"] = error
        elif library["elsewhere"] and not error:
            library["preloads"] = library["elsewhere"][0]
    return found


def keras():
    version = next((d["version"] for d in DISTRIBUTIONS if d["name"] == "keras"), None)
    backend = current("KERAS_BACKEND")
    if backend:
        return {"version": version, "backend": backend, "source": "KERAS_BACKEND"}
    home = current("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    path = os.path.join(home, "keras.json")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            backend = json.load(file).get("backend")
        if isinstance(backend, str):
            return {"version": version, "backend": backend, "source": path}
    return {"version": version, "backend": "tensorflow", "source": "default"}


emit(main())  # noqa: F821 - the bootstrap of kernels/interpreter gives it
