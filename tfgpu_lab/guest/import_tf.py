"""Imports TensorFlow in a fresh process with the messages on that it hides otherwise, and lists its GPUs.

REQUEST: {"now": the allow-listed variables of the running kernel, or null}. Only list_physical_devices and
get_device_details are called: they make no context and take no memory (measured). TensorFlow's log goes to stderr.
"""

import os
import sys

REQUEST = globals()["REQUEST"]
emit = globals()["emit"]

READ_AT_START = ("LD_LIBRARY_PATH", "PYTHONPATH")  # by the loader and by Python: later changes have no effect
VERBOSE = {
    "TF_CPP_MIN_LOG_LEVEL": "0",
    "TF_CPP_VMODULE": "dso_loader=1,cuda_diagnostics=1,cuda_platform=1,gpu_device=1",
}


def main():
    now = REQUEST.get("now")
    if now is not None:
        os.environ.pop("CUDA_VISIBLE_DEVICES", None)  # the notebook may have removed it
        os.environ.update({name: value for name, value in now.items() if name not in READ_AT_START})
    os.environ.pop("TF_CPP_MAX_VLOG_LEVEL", None)  # megabytes
    os.environ.update(VERBOSE)
    try:
        import tensorflow as tf

        gpus = [described(tf, gpu) for gpu in tf.config.list_physical_devices("GPU")]
        emit({"event": "gpus", "gpus": gpus, "version": str(tf.__version__)})
    except BaseException as error:
        emit({"event": "failed", "error": ("%s: %s" % (type(error).__name__, error))[:2000]})
        raise


def described(tf, gpu):
    try:
        details = tf.config.experimental.get_device_details(gpu) or {}
    except Exception:
        details = {}
    capability = details.get("compute_capability")
    return {
        "name": gpu.name,
        "device_name": details.get("device_name"),
        "compute_capability": ".".join(str(number) for number in capability) if capability else None,
    }


main()
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)  # what TensorFlow does at its exit is of no use here and may take long
