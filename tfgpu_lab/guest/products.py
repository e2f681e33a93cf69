"""Times matrix products on the device TensorFlow is told to use; a part of guest/matmul, imports no TensorFlow itself.

The method: operands of random normal numbers, since zeros draw less power and run faster than real data; products are
chained and queued in batches between two barriers, so that none can be dropped and the barrier's cost is spread;
batches repeat until their times settle, and only then do they count. Every loop ends at its own deadline, so that a
slow device gives fewer repetitions, not a longer wait.
"""

import statistics
import time

BATCH_S = 0.05  # long against a barrier, short against a cancel
GRACE_S = 0.3  # beyond the deadline, at most
SETTLE_S, MEASURE_S = 1.0, 3.0  # at most, for one figure; processors have slower moments of about a second
ALIKE = 0.98  # of the best rate
STEADY = 0.02  # two medians of three batches each that differ by less have settled
ROUGH_S, MOST = 0.002, 16384  # long against a barrier; products in one batch at most
ENOUGH, FEWEST = 60, 5  # batches: more tell nothing, fewer make no median
LINKS = 16  # products in a chain before it begins anew; longer ones would leave float16's range
MIB = 1 << 20


class Skip(Exception):
    """This cannot be measured here, and the rest can; the text is one sentence."""


class Lost(Exception):
    """The device does not compute any more."""


def needed_bytes(dtype, n):
    """Two operands, two results, float32 on the way to a narrower type, and work space."""
    item = {"int8": 3, "float8": 2, "float16": 2, "bfloat16": 2, "float64": 8}.get(dtype, 4)
    return n * n * (4 * item + 8) + 64 * MIB


class Products:
    """Works in the `tf.device` of its caller."""

    def __init__(self, tf, is_gpu, capability):
        self.tf, self.is_gpu, self.capability = tf, is_gpu, capability
        # Not in old releases: there, the barrier is to read one element.
        self.sync = getattr(tf.test.experimental, "sync_devices", None)

    def stays_on_gpu(self, dtype):
        """Whether TensorFlow computes this element type on the GPU; raises Skip when it cannot at all."""
        return "GPU" in self.once(self.operands(dtype, 64))[1].device

    def operands(self, dtype, n):
        """Return two matrices; their product has been checked against float64 on the host."""
        tf = self.tf
        if dtype == "float8":
            raise Skip("TensorFlow has no matrix product for 8-bit floating point numbers.")
        if dtype == "tf32" and not (self.is_gpu and self.capability >= (8, 0)):
            raise Skip("TF32 is a way of GPUs of compute capability 8.0 and newer.")
        if self.is_gpu and dtype in ("tf32", "float32"):
            tf.config.experimental.enable_tensor_float_32_execution(dtype == "tf32")
        kind = tf.dtypes.as_dtype("float32" if dtype == "tf32" else dtype)
        try:
            a, b = (tf.random.normal((n, n), seed=seed) for seed in (1, 2))
            if kind == tf.int8:
                a, b = (tf.cast(tf.clip_by_value(x * 40, -127, 127), kind) for x in (a, b))
            else:  # the scale keeps a chain of products near one: no overflow, no denormals
                a, b = tf.cast(a, kind), tf.cast(b / n**0.5, kind)
            self.verify(a, b, dtype)
        except Exception as error:
            raise self.meaning(error) from error
        return a, b

    def verify(self, a, b, dtype):
        """One element against float64 on the host: a speed is worth nothing when the product is wrong."""
        import numpy as np

        tf = self.tf
        row, column = np.array(tf.cast(a[0], tf.float64)), np.array(tf.cast(b[:, 0], tf.float64))
        if not (np.isfinite(row).all() and row.std() > 0 and column.std() > 0):
            raise Lost("its random numbers are not random.")
        difference = abs(float(tf.cast(self.product(a, b)[0, 0], tf.float64)) - float(row @ column))
        if not difference <= {"int8": 0.0, "float64": 1e-9, "float32": 1e-3, "tf32": 5e-2}.get(dtype, 2e-1):
            raise Lost("its product is wrong by %g, so its speed says nothing." % difference)

    def meaning(self, error):
        """Return what an error of TensorFlow means for the run."""
        errors = self.tf.errors
        if isinstance(error, (Skip, Lost)):
            return error
        if isinstance(error, errors.ResourceExhaustedError):
            return Skip("The device's memory ran out.")
        if isinstance(error, (TypeError, ValueError, errors.InvalidArgumentError, errors.NotFoundError)):
            return Skip("TensorFlow cannot do it here: %s" % first_line(error))
        if isinstance(error, errors.UnimplementedError):
            return Skip("TensorFlow has not got it for this device: %s" % first_line(error))
        return Lost(first_line(error))

    def product(self, a, b):
        if a.dtype == self.tf.int8:
            return self.tf.linalg.matmul(a, b, output_type=self.tf.int32)
        return self.tf.linalg.matmul(a, b)

    def chain(self, a, b, links):
        x = a
        for i in range(links):
            x = self.product(a if i % LINKS == 0 or a.dtype == self.tf.int8 else x, b)
        return x

    def once(self, operands, run=None):
        """Return the seconds of one queued batch, from barrier to barrier, and its result."""
        a, b = operands
        self.barrier(b)
        begin = time.perf_counter()
        x = run(a, b) if run else self.product(a, b)
        self.barrier(x)
        return time.perf_counter() - begin, x

    def barrier(self, tensor):
        if self.sync:
            self.sync()
        else:
            tensor[0, 0].numpy()

    def scan(self, dtype, sizes, deadline, every):
        """Return size -> seconds of a product, roughly, of the sizes that can be measured until `deadline`.

        The first is among them whatever it takes. Without `every`, it ends where larger ones are no faster.
        """
        found, self.why_no_larger = {}, "It would not end in time."
        for n in sizes:
            if found:
                last = max(found)
                spent_s = sum(found.values()) if every else 0.0
                expected_s = found[last] * (n / last) ** 3
                if time.perf_counter() + (2 * FEWEST + 4) * (spent_s + expected_s) > deadline:
                    break
                rates = [m**3 / found[m] for m in found]
                if not every and len(rates) > 2 and max(rates[-2:]) < 0.9 * max(rates):
                    break
            try:
                operands = self.operands(dtype, n)
                self.once(operands)  # loads the library, picks an algorithm
                found[n] = self.roughly(operands)
            except Exception as error:
                meaning = self.meaning(error)
                if found and isinstance(meaning, Skip):
                    self.why_no_larger = str(meaning)
                    break
                raise meaning from error
        return found

    def roughly(self, operands):
        """Return the seconds of one product, from as many as are long against a barrier."""
        count, seconds = 1, self.once(operands)[0]

        def several(a, b):
            return self.chain(a, b, count)

        while seconds < ROUGH_S and count < MOST:
            count *= 4
            seconds = self.once(operands, several)[0]
        return min(seconds, self.once(operands, several)[0]) / count

    def figure(self, dtype, n, mode, operands, product_s, deadline):
        """Return the figures of one element type, size and mode: `eager`, `function` or `xla`."""
        begun = time.perf_counter()
        try:
            run, products = self.batch(mode, operands, product_s)
            half_s = (deadline - begun) / 2
            settled = self.settle(run, operands, begun + min(SETTLE_S, half_s))
            times, begin = [], time.perf_counter()
            until = max(deadline, begin) + GRACE_S  # too little time is still enough for a median of short batches
            result = None
            while not times or (len(times) < ENOUGH and time.perf_counter() < until):
                if len(times) >= FEWEST - 1:
                    until = min(deadline, begin + MEASURE_S)
                batch_s, result = self.once(operands, run)
                times.append(batch_s / products)
            # A tf.function brings its result to the GPU even when its product was computed by the CPU: only a product
            # of its own tells where it is placed. What XLA compiled runs as a whole on the device of its result.
            where = result.device if mode == "xla" else self.once(operands)[1].device
        except Exception as error:
            raise self.meaning(error) from error
        rates = sorted(2.0 * n**3 / seconds / 1e12 for seconds in times)
        flags = ["fell-back"] if self.is_gpu and "GPU" not in where else []
        if dtype == "tf32" and not flags:
            flags.append("tf32")
        return {
            "dtype": dtype,
            "mode": mode,
            "size": n,
            "throughput_tflops": statistics.median(rates),
            "p10": percentile(rates, 0.1),
            "p90": percentile(rates, 0.9),
            "max": rates[-1],
            "repetitions": len(rates),
            "products": products,
            "settled": settled,
            "took_s": time.perf_counter() - begun,
            "result_device": where,
            "flags": flags,
        }

    def batch(self, mode, operands, product_s):
        """Return what queues one batch, and how many products that is."""
        if mode == "eager":
            products = self.as_many(product_s)
            return (lambda a, b: self.chain(a, b, products)), products
        links = 1 if operands[0].dtype == self.tf.int8 else min(LINKS, self.as_many(product_s))
        jit = True if mode == "xla" else None
        traced = self.tf.function(lambda a, b: self.chain(a, b, links), jit_compile=jit, autograph=False)
        traced(*operands)  # compiles it
        times = 1

        def run(a, b):
            for _ in range(times):
                x = traced(a, b)
            return x

        # It may be quicker than one by one: then more fit into a batch.
        while self.once(operands, run)[0] < BATCH_S / 2 and times * links < MOST:
            times *= 2
        return run, times * links

    def as_many(self, product_s):
        return max(1, min(MOST, int(BATCH_S / product_s)))

    def settle(self, run, operands, until):
        """Repeat until clocks, caches and pools have settled; return whether they have, None when too few to tell."""
        times = []
        while not times or time.perf_counter() < until:
            times.append(self.once(operands, run)[0])
            if len(times) >= 6:
                change = statistics.median(times[-3:]) / statistics.median(times[-6:-3]) - 1
                if abs(change) < STEADY:
                    return True
        return False if len(times) >= 6 else None


def best_size(rough):
    """Return the fastest size; of those that are as fast, the largest, where all else costs least."""
    rates = {n: n**3 / seconds for n, seconds in rough.items()}
    return max(n for n, rate in rates.items() if rate >= ALIKE * max(rates.values()))


def percentile(ordered, share):
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def first_line(error):
    text = str(getattr(error, "message", error)).strip() or type(error).__name__
    return text.splitlines()[0][:200]
