"""Times matrix products inside the kernel it is run in, as a cell that the user has read and runs: about 5 s.

It computes with the TensorFlow that is there, in its context and beside all it holds, changes no setting and leaves no
name. Figures of the benchmark in a process of its own are the ones to compare machines with.
"""


def measured_here():
    import statistics
    import time

    import tensorflow as tf

    device = (tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU"))[0]
    sizes = (2048, 4096, 8192) if device.device_type == "GPU" else (512, 1024, 2048)
    sync = getattr(tf.test.experimental, "sync_devices", None)
    until = time.perf_counter() + 5
    print("TFGPU Lab, inside this kernel on %s, TensorFlow %s" % (device.name, tf.__version__))
    for size in sizes:
        try:
            with tf.device(device.name):
                a = tf.random.normal((size, size))
                b = tf.random.normal((size, size)) / size**0.5
                placed = tf.linalg.matmul(a, b).device
                times, count = [], 1
                while len(times) < 5 or (len(times) < 20 and time.perf_counter() < until):
                    begin, x = time.perf_counter(), a
                    for i in range(count):
                        x = tf.linalg.matmul(a if i % 16 == 0 else x, b)
                    sync() if sync else x[0, 0].numpy()
                    took = time.perf_counter() - begin
                    if took < 0.02 and count < 4096:
                        count *= 2  # too short against the wait at its end: more at once
                    else:
                        times.append(took / count)
        except tf.errors.ResourceExhaustedError:
            print("%5d: not enough free memory in this kernel" % size)
            break
        rates = sorted(2 * size**3 / seconds / 1e12 for seconds in times)
        print(
            "%5d: %.4g TFLOP/s float32 (%.4g to %.4g), computed on %s"
            % (size, statistics.median(rates), rates[0], rates[-1], placed.rpartition("device:")[2])
        )
        # The next size takes eight times as long.
        if time.perf_counter() + 8 * 5 * min(times) * count > until:
            break
    if device.device_type == "GPU" and tf.config.experimental.tensor_float_32_execution_enabled():
        print("       TF32 is on: on GPUs since Ampere, float32 products are computed in it.")


try:
    measured_here()
finally:
    del measured_here
