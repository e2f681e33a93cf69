"""A device of any speed on a clock of its own, in TensorFlow's place: for what the guest makes of time.

It stands below the real guest/products and guest/matmul; nothing in it is a measurement.
"""

from contextlib import contextmanager
from importlib.resources import files
from types import SimpleNamespace

GUEST = files("tfgpu_lab") / "guest"


class Clock:
    """Time that passes only when the device works."""

    def __init__(self):
        self.now_s = 100.0

    def perf_counter(self):
        return self.now_s


class Matrix:
    """What a product needs to know of its operands."""

    def __init__(self, n, dtype, device):
        self.n, self.dtype, self.device = n, dtype, f"/job:localhost/replica:0/task:0/device:{device}"

    def __truediv__(self, other):
        return self

    __mul__ = __truediv__


def tensorflow(
    clock, rates_tflops, *, falls_back=(), barrier_s=50e-6, start_s=0.0, drift=lambda count: 1.0, broken=None
):
    """Return a TensorFlow whose products take as long as 2 n^3 does at the device's rate for their element type."""
    state = SimpleNamespace(queued_s=start_s, steady_s=0.0, count=0, where="GPU:0", tf32=True)

    def random(shape, seed):
        return Matrix(shape[0], "float32", state.where)

    def matmul(a, b, output_type=None):
        if broken:
            broken(a.n, state)
        kind = "tf32" if a.dtype == "float32" and state.tf32 and state.where != "CPU:0" else a.dtype
        device = "CPU:0" if kind in falls_back else state.where
        rate = 0.05 if device == "CPU:0" else rates_tflops[kind]
        queue(1, 2 * a.n**3 / (rate * 1e12))
        return Matrix(a.n, a.dtype, device)

    def queue(count, product_s):
        state.count += count
        state.steady_s += count * product_s
        state.queued_s += count * product_s * drift(state.count)

    def sync():
        clock.now_s += state.queued_s + barrier_s
        state.queued_s = 0.0

    def function(run, jit_compile=None, autograph=True):
        """Trace it once, as TensorFlow does: then its products are known, and a call costs this test little."""
        traced = []

        def call(a, b):
            if broken:
                broken(a.n, state)
            if not traced:
                count, steady_s = state.count, state.steady_s
                result = run(a, b)
                count = state.count - count
                traced[:] = count, (state.steady_s - steady_s) / count, result
                return result
            queue(*traced[:2])
            return traced[2]

        return call

    @contextmanager
    def device(where):
        state.where = where.lstrip("/")
        yield

    def tf32(enabled):
        state.tf32 = enabled

    errors = {name: type(name, (Exception,), {}) for name in ERRORS}
    return SimpleNamespace(
        state=state,
        int8="int8",
        int32="int32",
        random=SimpleNamespace(normal=random),
        cast=lambda x, kind: Matrix(x.n, kind, state.where),
        clip_by_value=lambda x, low, high: x,
        dtypes=SimpleNamespace(as_dtype=lambda name: name),
        linalg=SimpleNamespace(matmul=matmul),
        function=function,
        device=device,
        config=SimpleNamespace(experimental=SimpleNamespace(enable_tensor_float_32_execution=tf32)),
        test=SimpleNamespace(experimental=SimpleNamespace(sync_devices=sync)),
        errors=SimpleNamespace(**errors),
    )


ERRORS = (
    "ResourceExhaustedError",
    "InvalidArgumentError",
    "NotFoundError",
    "UnimplementedError",
    "InternalError",
)


def part(name, clock):
    """Return guest/`name` as the guest has it, on the clock of the device."""
    space = {"__name__": name}
    exec(compile((GUEST / f"{name}.py").read_text(), f"<{name}>", "exec"), space)
    space["time"] = clock
    if name == "products":
        space["Products"].verify = lambda self, a, b, dtype: self.product(a, b)
    return SimpleNamespace(**space)


def guest(clock, tf, request, *, free_bytes=80 << 30, total_bytes=80 << 30, capability=(9, 0)):
    """Run the products of GPU:0 as guest/matmul does; return its lines."""
    source = (GUEST / "matmul.py").read_text().rpartition("\nmain()\n")[0]
    lines = []
    parts = {name: (GUEST / f"{name}.py").read_text() for name in ("products", "device")}
    asked = {"device": "GPU:0", "dtypes": [], "sizes": [], "modes": [], "sweep": False, "limit_s": 120, **request}
    space = {"__name__": "matmul", "REQUEST": {**asked, "parts": parts}, "emit": lines.append}
    exec(compile(source, "<matmul>", "exec"), space)
    space["time"], space["products"] = clock, part("products", clock)
    device = asked["device"] or "GPU:0"
    products_s, _ = space["planned"](device, 1)
    progress = space["Progress"](products_s + 3)
    details = {"compute_capability": capability}
    one = space["Measured"](tf, device, f"/{device}", details, {"free_bytes": free_bytes, "total_bytes": total_bytes})
    one.products(progress, 3.0, products_s)
    return lines


class Link:
    """A TensorFlow that only moves numbers, at one rate."""

    def __init__(self, clock, gbps, barrier_s=50e-6):
        self.clock, self.gbps, self.barrier_s, self.moved, self.largest = clock, gbps, barrier_s, 0, 0
        self.random = SimpleNamespace(normal=lambda shape: 4 * shape[0])
        self.test = SimpleNamespace(experimental=SimpleNamespace(sync_devices=self.sync))

    def tile(self, size, times):
        self.largest = max(self.largest, size * times[0])
        return size * times[0]

    def identity(self, size):
        self.moved += size
        return size

    def Variable(self, size):  # noqa: N802 - TensorFlow's name
        def add(other):
            self.moved += 3 * other

        return SimpleNamespace(assign_add=add)

    def sync(self):
        self.clock.now_s += self.moved / self.gbps / 1e9 + self.barrier_s
        self.moved = 0

    @contextmanager
    def device(self, where):
        yield
