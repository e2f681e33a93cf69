"""What a device is, what is free on it and how fast its memory is; a part of guest/matmul, imports no TensorFlow."""

import ctypes
import os
import platform
import signal
import statistics
import sys
import time

MIB = 1 << 20
OWN_BYTES = 1 << 30  # what our context, the driver and a desktop may hold
OUT_OF_MEMORY = 2  # CUDA_ERROR_OUT_OF_MEMORY
KEPT_BYTES = 31 * MIB  # glibc keeps no block of 32 MiB
MULTIPROCESSORS = 16  # CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT; of a MIG instance, its own


def die_with_parent():
    """On Linux, the kernel ends this process with its parent, even while it hangs in a driver."""
    if sys.platform.startswith("linux"):
        try:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        except (OSError, AttributeError):
            pass  # the end of stdin tells it, too


def goes_first():
    """Where memory runs out, Linux ends this process and not the user's kernel; on other systems nothing is set."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass


def keep_freed_memory():
    """Have glibc give the memory of one result to the next, instead of back to the system.

    The system clears each page that is taken anew, which can be a sixth of a product's time. glibc learns what to
    keep from the largest block that was freed, so by itself it does so in some runs and not in others. Larger blocks
    are taken anew each time, in all runs alike.
    """
    bytes(KEPT_BYTES)


def cuda(number, name):
    """Return what the driver says of CUDA's device `number`, when that is the one that TensorFlow calls `name`.

    Makes the device's primary context, which TensorFlow then uses; when there is no memory even for that, says so
    instead of letting TensorFlow hang on it.
    """
    try:
        lib = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return {"free_bytes": None}
    handle, context, text = ctypes.c_int(), ctypes.c_void_p(), ctypes.create_string_buffer(256)
    if lib.cuInit(0) or lib.cuDeviceGet(ctypes.byref(handle), number) or lib.cuDeviceGetName(text, 256, handle):
        return {"free_bytes": None}
    if text.value.decode("utf-8", "replace") != name:  # TensorFlow leaves some devices out
        return {"free_bytes": None}
    found = {"free_bytes": None, "name": name}
    if not lib.cuDeviceGetPCIBusId(text, 256, handle):
        found["pci_bus_id"] = text.value.decode()
    uuid = (ctypes.c_ubyte * 16)()
    if hasattr(lib, "cuDeviceGetUuid_v2") and not lib.cuDeviceGetUuid_v2(uuid, handle):  # v2: of the MIG instance
        found["uuid"] = bytes(uuid).hex()
    count = ctypes.c_int()
    if not lib.cuDeviceGetAttribute(ctypes.byref(count), MULTIPROCESSORS, handle):
        found["multiprocessors"] = count.value
    code = lib.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle)
    if code:
        short = "its memory is full" if code == OUT_OF_MEMORY else "the driver answers with error %d" % code
        return dict(found, refused=short + ".", free_bytes=0 if code == OUT_OF_MEMORY else None)
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    if not lib.cuCtxPushCurrent_v2(context):
        if not lib.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)):
            found.update(free_bytes=free.value, total_bytes=total.value)
        lib.cuCtxPopCurrent_v2(ctypes.byref(context))
    return found


def shared(known):
    """Whether somebody else holds memory of a GPU, by what `cuda` told of it."""
    total, free = known.get("total_bytes"), known.get("free_bytes")
    return bool(total and free is not None and total - free > OWN_BYTES)


def free_host_bytes(root=""):
    """Memory that this process may still take, by Linux and its control groups; None where that cannot be told."""
    limits = []
    try:
        with open(root + "/proc/meminfo") as file:
            limits += [int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:")]
    except (OSError, ValueError):
        pass
    for folder, version in control_groups("memory", root):
        limit, usage, cache = MEMORY[version]
        try:
            stat = dict(line.split() for line in read(folder + "/memory.stat").splitlines())
            # Files that were read are given up when memory is needed.
            used = int(read(folder + "/" + usage)) - int(stat.get(cache, 0))
            limits.append(max(0, int(read(folder + "/" + limit)) - used))
        except (OSError, ValueError):  # no limit here is the word `max`
            pass
    return min(limits) if limits else None


MEMORY = {  # version of control groups -> files of the limit and of what is used, and what of that is cache
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


def granted_processors(root=""):
    """As many processors as the control groups grant time for, such as 1.5; None when they grant all."""
    granted = []
    for folder, version in control_groups("cpu", root):
        try:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if version == 1 else ("cpu.max",)
            quota, period = " ".join(read(folder + "/" + name) for name in names).split()
            if int(quota) > 0:
                granted.append(int(quota) / int(period))
        except (OSError, ValueError):  # no limit is the word `max`, or -1
            pass
    return min(granted) if granted else None


def control_groups(controller, root=""):
    """Yield the folders, with their version, whose limits hold here: that of this process and all above it."""
    try:
        lines = read(root + "/proc/self/cgroup").splitlines()
    except OSError:
        return
    for line in lines:
        controllers, path = (line.split(":", 2) + ["", ""])[1:3]
        if controllers and controller not in controllers.split(","):
            continue
        base, version = ("/sys/fs/cgroup/" + controllers, 1) if controllers else ("/sys/fs/cgroup", 2)
        # A container may see its own folder as the top, under the path that it has outside: then only the top is there.
        parts = [part for part in path.split("/") if part]
        for count in range(len(parts), -1, -1):
            yield root + "/".join([base] + parts[:count]), version


def bandwidth(tf, where, free_bytes, seconds):
    """Return the rate of x += y in GB/s: each number is read twice and written once."""

    def timed(size):
        with tf.device(where):
            y = filled(tf, size)
            x = tf.Variable(y)

        def add():
            for _ in range(4):
                x.assign_add(y)
            barrier(tf, x)

        return 3 * 4 * size, add

    most = 512 * MIB if "GPU" in where else 128 * MIB  # far more than a cache holds
    size = fitting(lambda size: timed(size)[1], 16 * MIB, size_of(most, free_bytes), seconds)
    return rate(*timed(size), seconds)


def copies(tf, where, free_bytes, seconds):
    """Return the rates from the host and back in GB/s, as TensorFlow copies ordinary memory."""

    def copy(value, to):
        with tf.device(to):
            copied = tf.identity(value)
        barrier(tf, copied)
        return copied

    def both(size):
        with tf.device("/CPU:0"):
            host = filled(tf, size)
        return lambda: copy(copy(host, where), "/CPU:0")

    size = fitting(both, 8 * MIB, size_of(256 * MIB, free_bytes), seconds)
    with tf.device("/CPU:0"):
        host = filled(tf, size)
    there = copy(host, where)
    return rate(size, lambda: copy(host, where), seconds / 2), rate(size, lambda: copy(there, "/CPU:0"), seconds / 2)


def fitting(timed, small, most, seconds):
    """Return the size, `most` at most, of which one is quick against `seconds`; `timed` makes one of a size."""
    if most <= small:
        return most
    once = timed(small)
    once()  # the first one loads and starts what it needs
    begin = time.perf_counter()
    once()
    share = seconds / 12 / max(1e-9, time.perf_counter() - begin)
    return max(small, min(most, int(small * share) // MIB * MIB))


def size_of(most, free_bytes):
    """A whole number of MiB; little where it is not known how much is free."""
    return max(1, min(most, 64 * MIB if free_bytes is None else int(free_bytes / 8)) // MIB) * MIB


def filled(tf, size):
    """Random numbers, made once and repeated: making them all would take longer than timing."""
    return tf.tile(tf.random.normal((MIB // 4,)), (size // MIB,))


def rate(size, once, seconds):
    """Return GB/s of what moves `size` bytes, the median of what `seconds` allow."""
    rates, begun = [], time.perf_counter()
    once()
    while not rates or (len(rates) < 20 and time.perf_counter() - begun < seconds):
        begin = time.perf_counter()
        once()
        rates.append(size / (time.perf_counter() - begin) / 1e9)
    return statistics.median(rates)


def barrier(tf, tensor):
    sync = getattr(tf.test.experimental, "sync_devices", None)
    if sync:
        sync()
    else:
        tensor[0].numpy()


def load_average():
    """Processes that wanted to run in the last minute, on average; None where that cannot be told."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def threads():
    """As many as TensorFlow takes for one product."""
    chosen = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    if chosen.isdigit() and int(chosen):
        return int(chosen)
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


def read(path):
    with open(path) as file:
        return file.read()
