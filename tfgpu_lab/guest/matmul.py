"""Times matrix multiplication with TensorFlow in a process of its own; one JSON line a step.

REQUEST: {"device": "CPU:0" | "GPU:0" | null, "dtypes": [...], "sizes": [...]}; empty lists leave the choice to this
guest. Products are chained and queued in batches between two barriers, so that nothing can be dropped and the barrier's
cost is spread; the operands are random normal numbers, since zeros draw less power and run faster than real data.
"""

import os
import platform
import statistics
import sys
import time

os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"  # never take the whole card from a notebook that trains
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
REQUEST = globals()["REQUEST"]
emit = globals()["emit"]

CPU_SIZES, GPU_SIZES = (512, 1024, 2048), (2048, 4096, 8192)
CPU_DTYPES, GPU_DTYPES = ("float32",), ("float16", "bfloat16", "float32")
WARM_UP_S = 0.3  # clocks and thread pools settle
BATCH_S = 0.1  # long against a barrier, short against a cancel
MEASURE_S = 1.0  # a size
STEP_S = 6.0  # a device and dtype: the next size is left out when it would not fit
MIN_REPETITIONS = 5


def main():
    emit({"event": "step", "text": "Importing TensorFlow", "progress": 0.02})
    import tensorflow as tf

    physical = tf.config.list_physical_devices("GPU")
    names = [(tf.config.experimental.get_device_details(gpu) or {}).get("device_name", gpu.name) for gpu in physical]
    emit(
        {
            "event": "conditions",
            "tensorflow": tf.__version__,
            "python": platform.python_version(),
            "executable": sys.executable,
            "cpu": cpu_name(),
            "threads": threads(),
            "gpus": names,
        }
    )
    plan = planned(len(physical))
    for i, (device, dtype, sizes) in enumerate(plan):
        step(tf, device, dtype, sizes, i / len(plan), 1 / len(plan))
    for device in sorted({d for d, _, _ in plan if d.startswith("GPU")}):
        emit({"event": "step", "text": "Copying between host and %s" % device, "progress": 0.97})
        copies(tf, device)


def planned(gpus):
    asked = REQUEST["device"]
    if asked and asked.startswith("GPU") and int(asked.split(":")[1]) >= gpus:
        sys.exit(
            "TensorFlow lists %s, so %s cannot be measured." % ("no GPU" if not gpus else "%d GPU(s)" % gpus, asked)
        )
    devices = [asked] if asked else ["CPU:0"] + ["GPU:%d" % i for i in range(gpus)]
    plan = []
    for device in devices:
        dtypes, sizes = (GPU_DTYPES, GPU_SIZES) if device.startswith("GPU") else (CPU_DTYPES, CPU_SIZES)
        for dtype in REQUEST["dtypes"] or dtypes:
            plan.append((device, dtype, sorted(REQUEST["sizes"] or sizes)))
    return plan


def step(tf, device, dtype, sizes, begin, share):
    begun, best, last_s = time.perf_counter(), None, 0.0
    for i, n in enumerate(sizes):
        # The work grows with n^3: leave out what could not end in time, but measure one size whatever it takes.
        expected_s = last_s * (n / sizes[i - 1]) ** 3 * MIN_REPETITIONS if i else 0.0
        if best and not REQUEST["sizes"] and time.perf_counter() - begun + expected_s > STEP_S:
            break
        emit(
            {
                "event": "step",
                "text": "%s %s, %d x %d" % (device, dtype, n, n),
                "progress": begin + share * i / len(sizes),
            }
        )
        try:
            measured = measure(tf, device, dtype, n)
        except tf.errors.ResourceExhaustedError:
            emit({"event": "note", "text": "%s has not enough free memory for %d x %d %s." % (device, n, n, dtype)})
            break
        last_s = measured.pop("product_s")
        if best is None or measured["throughput_tflops"] > best["throughput_tflops"]:
            best = measured
    if best is None:
        sys.exit("%s has not enough free memory for the smallest size." % device)
    emit(dict(best, event="throughput"))


def measure(tf, device, dtype, n):
    kind = tf.dtypes.as_dtype(dtype)
    with tf.device("/" + device):
        a = tf.cast(tf.random.normal((n, n), seed=1), kind)
        # The scale keeps a chain of products near one: no overflow in float16, no denormals.
        b = tf.cast(tf.random.normal((n, n), seed=2) / n**0.5, kind)
        c = tf.linalg.matmul(a, b)
        verify(tf, a, b, c, kind)

        def batch(count):
            begin = time.perf_counter()
            x = a
            for _ in range(count):
                x = tf.linalg.matmul(x, b)
            tf.test.experimental.sync_devices()
            return time.perf_counter() - begin

        tf.test.experimental.sync_devices()
        count, warmed = 1, 0.0
        while warmed < WARM_UP_S:
            took = batch(count)
            warmed += took
            if took < BATCH_S / 2 and count < 4096:
                count *= 2
        times, begin = [], time.perf_counter()
        while len(times) < MIN_REPETITIONS or time.perf_counter() - begin < MEASURE_S:
            times.append(batch(count) / count)
            if len(times) >= 2 and time.perf_counter() - begin > 4 * MEASURE_S:
                break
    rates = sorted(2.0 * n**3 / t / 1e12 for t in times)
    flags = []
    if device.split(":")[0] not in c.device:
        flags.append("fell-back")
    if device.startswith("GPU") and dtype == "float32" and tf.config.experimental.tensor_float_32_execution_enabled():
        gpu = tf.config.list_physical_devices("GPU")[int(device.split(":")[1])]
        if tuple((tf.config.experimental.get_device_details(gpu) or {}).get("compute_capability") or (0,)) >= (8, 0):
            flags.append("tf32")
    return {
        "device": device,
        "dtype": dtype,
        "size": n,
        "throughput_tflops": statistics.median(rates),
        "p10": percentile(rates, 0.1),
        "p90": percentile(rates, 0.9),
        "max": rates[-1],
        "repetitions": len(rates),
        "result_device": c.device,
        "flags": flags,
        "product_s": statistics.median(times),
    }


def verify(tf, a, b, c, kind):
    """One element against float64 on the host: a number is worth nothing when the product is wrong."""
    import numpy as np

    row, column = np.array(tf.cast(a[0], tf.float64)), np.array(tf.cast(b[:, 0], tf.float64))
    tolerance = {"float64": 1e-9, "float32": 2e-2}.get(kind.name, 2e-1)  # float32 may be TF32
    difference = abs(float(tf.cast(c[0, 0], tf.float64)) - float(row @ column))
    if difference > tolerance:
        sys.exit("The product is wrong by %g: its speed says nothing." % difference)


def copies(tf, device):
    import numpy as np

    host = np.random.default_rng(0).normal(size=(64, 1024, 256)).astype("float32")  # 64 MiB
    to, back = [], []
    for _ in range(5):
        begin = time.perf_counter()
        with tf.device("/" + device):
            there = tf.identity(tf.convert_to_tensor(host))
        tf.test.experimental.sync_devices()
        middle = time.perf_counter()
        there.numpy()
        end = time.perf_counter()
        to.append(host.nbytes / (middle - begin) / 1e9)
        back.append(host.nbytes / (end - middle) / 1e9)
    emit(
        {
            "event": "copy",
            "device": device,
            "host_to_device_gbps": statistics.median(to),
            "device_to_host_gbps": statistics.median(back),
        }
    )


def percentile(ordered, share):
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def threads():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def cpu_name():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


main()
