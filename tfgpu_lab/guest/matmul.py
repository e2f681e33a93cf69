"""Times matrix multiplication with TensorFlow in a process of its own; one JSON line a step.

REQUEST: {"device": "CPU:0" | "GPU:0" | null, "dtypes": [...], "sizes": [...], "modes": [...], "sweep": bool,
"limit_s": seconds, "parts": {"products": text, "device": text}}; empty lists leave the choice to this guest. The parts
are guest/products, which holds the method, and guest/device.
"""

import os
import platform
import sys
import time
from types import SimpleNamespace

os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"  # never take the whole card from a notebook that trains
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
REQUEST = globals()["REQUEST"]
emit = globals()["emit"]

# A GPU's best size is never its first: that one tells whether there is time for the next.
CPU_SIZES, GPU_SIZES = (512, 1024, 2048, 4096), (512, 2048, 4096, 8192)
CPU_SWEEP, GPU_SWEEP = (256, 512, 1024, 2048, 4096), (512, 1024, 2048, 4096, 8192, 16384)
# All products of one device, at most: a quick run of a GPU ends within 8 s, transfers included.
QUICK_S, SWEEP_S = {"CPU": 5.5, "GPU": 6.2}, {"CPU": 25.0, "GPU": 45.0}
TRANSFERS_S = {"CPU": 0.8, "GPU": 1.3}
IMPORT_S = 3.0  # what the progress assumes; no limit
SPARE, SHARED = 0.8, 0.5  # of the free memory; of a GPU that others use, too, who may want more meanwhile


def part(name):
    """Another file of this guest, which came as text with the request."""
    space = {"__name__": "tfgpu_lab_" + name}
    exec(compile(REQUEST["parts"][name], "<tfgpu-lab %s>" % name, "exec"), space)  # noqa: S102 - our own text
    return SimpleNamespace(**space)


products, device = part("products"), part("device")


class Progress:
    """How far the run is, in planned seconds: what ends early makes it jump, and nothing makes it go back."""

    def __init__(self, total_s):
        self.total_s, self.done_s, self.share_s, self.begun = total_s, 0.0, IMPORT_S, time.perf_counter()

    def enter(self, done_s, share_s):
        self.done_s, self.share_s, self.begun = done_s, share_s, time.perf_counter()

    def say(self, text):
        done_s = self.done_s + min(self.share_s, time.perf_counter() - self.begun)
        left_s = self.total_s - done_s
        emit({"event": "step", "text": text, "progress": done_s / self.total_s, "left_s": left_s})


def main():
    device.die_with_parent()
    device.goes_first()
    device.keep_freed_memory()
    if REQUEST["device"] == "CPU:0":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # no GPU is woken for it
    load = device.load_average()
    Progress(IMPORT_S + sum(planned(REQUEST["device"] or "CPU:0", 1))).say("Importing TensorFlow")
    import tensorflow as tf

    physical = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) or {} for gpu in physical]
    names = [one.get("device_name") or gpu.name for one, gpu in zip(details, physical)]
    build = tf.sysconfig.get_build_info()
    emit(
        {
            "event": "conditions",
            "tensorflow": tf.__version__,
            "python": platform.python_version(),
            "executable": sys.executable,
            "host": platform.node(),
            "cpu": device.cpu_name(),
            "threads": device.threads(),
            "load_before": load,
            "gpus": names,
            "cuda_build": build.get("cuda_version"),
            "cudnn_build": build.get("cudnn_version"),
        }
    )
    asked = asked_devices(len(physical))
    granted = device.granted_processors()
    if "CPU:0" in asked and granted is not None and granted < device.threads():
        text = "This process may use %g of the time of %d processors: the CPU's figures are of that."
        emit({"event": "note", "text": text % (round(granted, 2), device.threads())})
    alone = len(asked) == 1 and asked[0][:3] == "GPU"
    if alone:
        tf.config.set_visible_devices([physical[int(asked[0][4:])]], "GPU")  # the other GPUs stay asleep
    plan = [(name, *planned(name, len(asked))) for name in asked]
    progress = Progress(IMPORT_S + sum(a + b for _, a, b in plan))
    done_s = IMPORT_S
    for name, products_s, transfers_s in plan:
        number = int(name[4:])
        progress.enter(done_s, products_s)
        progress.say("Looking at %s" % name)
        known = {"free_bytes": device.free_host_bytes()}
        if name[:3] == "GPU":
            known = device.cuda(number, names[number])
        emit(dict(known, event="device", device=name))
        if known.get("refused"):
            raise SystemExit("%s cannot be used: %s" % (name, known["refused"]))
        one = Measured(tf, name, "/GPU:0" if alone else "/" + name, details[number] if physical else {}, known)
        if one.products(progress, done_s, products_s):
            progress.enter(done_s + products_s, transfers_s)
            one.transfers(progress, transfers_s)
        done_s += products_s + transfers_s


def asked_devices(gpus):
    asked = REQUEST["device"]
    if asked and asked[:3] == "GPU" and int(asked[4:]) >= gpus:
        listed = "no GPU" if not gpus else "%d GPU%s" % (gpus, "s" if gpus > 1 else "")
        raise SystemExit("TensorFlow lists %s here, so %s cannot be measured." % (listed, asked))
    return [asked] if asked else ["CPU:0"] + ["GPU:%d" % i for i in range(gpus)]


def planned(name, devices):
    """Seconds for the products and for the transfers of one device, at most."""
    long = REQUEST["sweep"] or REQUEST["sizes"] or len(REQUEST["modes"]) > 1 or len(REQUEST["dtypes"]) > 4
    share_s = (REQUEST["limit_s"] - 5 * IMPORT_S) / devices - TRANSFERS_S[name[:3]]
    return max(1.0, min((SWEEP_S if long else QUICK_S)[name[:3]], share_s)), TRANSFERS_S[name[:3]]


class Measured:
    """One device: what is measured there, and what is left out and why."""

    def __init__(self, tf, name, where, details, known):
        self.tf, self.name, self.where, self.free_bytes = tf, name, where, known.get("free_bytes")
        self.spare = SHARED if device.shared(known) else SPARE
        self.is_gpu = name[:3] == "GPU"
        self.capability = tuple(details.get("compute_capability") or ())
        self.products_of = products.Products(tf, self.is_gpu, self.capability)

    def products(self, progress, done_s, products_s):
        """Return how many figures there are."""
        dtypes = REQUEST["dtypes"] or self.own_dtypes()
        share_s, figures = products_s / len(dtypes), 0
        self.begun, self.is_fresh = time.perf_counter(), True
        for i, dtype in enumerate(dtypes):
            progress.enter(done_s + share_s * i, share_s)
            try:
                with self.tf.device(self.where):
                    figures += self.element_type(progress, dtype, share_s * (i + 1))
            except products.Skip as reason:
                self.skip(dtype, str(reason))
            except products.Lost as reason:
                raise SystemExit("%s stopped working: %s" % (self.name, reason)) from None
        return figures

    def own_dtypes(self):
        if not self.is_gpu:
            return ["float32", "float64"] if REQUEST["sweep"] else ["float32"]
        newer = ["tf32", "bfloat16"] if self.capability >= (8, 0) else []
        return ["float16"] + newer + ["float32"] + (["float64", "int8", "float8"] if REQUEST["sweep"] else [])

    def element_type(self, progress, dtype, until_s):
        progress.say("%s %s: looking for the best size" % (self.name, dtype))
        several = bool(REQUEST["sizes"]) or REQUEST["sweep"]
        # Memory first: where it is short, not even a small product is tried.
        sizes = self.sizes(dtype, (GPU_SWEEP if several else GPU_SIZES) if self.is_gpu else None)
        before = time.perf_counter()
        if self.is_gpu and not self.products_of.stays_on_gpu(dtype):
            sizes = self.sizes(dtype, None)  # the CPU computes it: a CPU's sizes
        if self.is_fresh:  # to start the GPU and load its libraries takes seconds, and is no part of the figures
            self.begun, self.is_fresh = self.begun + time.perf_counter() - before, False
        deadline = self.begun + until_s
        asked = bool(REQUEST["sizes"])
        rough = self.products_of.scan(dtype, sizes, deadline, every=several)
        if asked and len(rough) < len(sizes):
            late = ", ".join(str(n) for n in sizes if n not in rough)
            self.skip(dtype, "Matrices of %s: %s" % (late, self.products_of.why_no_larger))
        chosen = list(rough) if several else [products.best_size(rough)]
        modes = REQUEST["modes"] or ["function"]
        figures = 0
        for i, n in enumerate(chosen):
            operands = self.products_of.operands(dtype, n)
            for k, mode in enumerate(modes):
                now = time.perf_counter()
                until = now + max(0.0, deadline - now) / (len(modes) * (len(chosen) - i) - k)
                progress.say("%s %s, %d x %d" % (self.name, dtype, n, n))
                try:
                    figure = self.products_of.figure(dtype, n, mode, operands, rough[n], until)
                except products.Skip as reason:
                    self.skip(dtype, "%s, %d x %d: %s" % (mode, n, n, reason))
                    continue
                emit(dict(figure, event="throughput", device=self.name, chosen=not several))
                figures += 1
        return figures

    def sizes(self, dtype, own):
        """Return the sizes that were asked for, else a GPU's `own` or the CPU's, as far as they fit into memory."""
        wanted = REQUEST["sizes"] or own or (CPU_SWEEP if REQUEST["sweep"] else CPU_SIZES)
        sizes = [n for n in wanted if self.fits(dtype, n)]
        if len(sizes) < len(wanted):
            n = wanted[len(sizes)]
            need = products.needed_bytes(dtype, n)
            emit({"event": "short", "device": self.name, "dtype": dtype, "size": n, "need_bytes": need})
        if not sizes:
            raise products.Skip("There is not enough free memory for it.")
        return sizes

    def fits(self, dtype, n):
        return self.free_bytes is None or products.needed_bytes(dtype, n) <= self.spare * self.free_bytes

    def skip(self, dtype, reason):
        emit({"event": "skip", "device": self.name, "dtype": dtype, "reason": reason})

    def transfers(self, progress, seconds):
        try:
            progress.say("%s: reading and writing its memory" % self.name)
            rate = device.bandwidth(self.tf, self.where, self.free_bytes, 0.4 * seconds)
            emit({"event": "bandwidth", "device": self.name, "gbps": rate})
            if self.is_gpu:
                progress.say("%s: copying from and to the host" % self.name)
                to, back = device.copies(self.tf, self.where, self.free_bytes, 0.4 * seconds)
                emit({"event": "copy", "device": self.name, "host_to_device_gbps": to, "device_to_host_gbps": back})
        except Exception as error:
            why = products.first_line(error)
            emit({"event": "note", "text": "%s: its memory could not be timed: %s" % (self.name, why)})


main()
