"""Lines that look like trouble and are none; they are counted and never a cause.

Sources: tensorflow and xla, the files that write them: port.cc, cpu_feature_guard.cc, cuda_gpu_executor.cc (NUMA),
cuda_dnn.cc and its neighbours (factories), py_utils.cc (TensorRT), xla_cpu_device.cc.
"""

from .mark import Mark, Outcome, mark

_H: Outcome = "harmless"
MARKS: list[Mark] = [
    mark("harmless-onednn", "oneDNN custom operations are on", "", _H),
    mark("harmless-cpu-features", "This TensorFlow binary is optimized ", r"(?!with Intel)", _H),
    mark(
        "harmless-cpu-features", "Your CPU supports instructions that this TensorFlow binary was not compiled", "", _H
    ),
    mark("harmless-cpu-features", "in other operations, rebuild TensorFlow with the appropriate", "", _H),
    mark("harmless-before-log", "All log messages before absl::InitializeLog() is called", "", _H),
    mark("harmless-numa", "NUMA node read from SysFS had negative value", "", _H),
    mark("harmless-numa", "could not open file to read NUMA node", "", _H),
    mark("harmless-numa", "kernel may have been built without NUMA support", "", _H),
    mark("harmless-numa", "kernel may not have been built with NUMA support", "", _H),
    mark("harmless-tensorrt", "TF-TRT Warning: ", "", _H),
    mark("harmless-tensorrt", "Cannot dlopen some TensorRT libraries", "", _H),
    mark("harmless-factory", "nable to register cu", r"(?:DNN|FFT|BLAS) factory", _H),
    mark("harmless-xla-devices", "tf_xla_enable_xla_devices not set", "", _H),
    mark("harmless-cudnn-version", "Failed to determine cuDNN version (Note that this is expected", "", _H),
    mark("harmless-cudart", "Ignore above cudart dlerror if you do not have a GPU", "", _H),
    mark("harmless-interconnect", "Device interconnect StreamExecutor with strength", "", _H),
    mark("harmless-growth", "Overriding orig_value setting because the TF_FORCE_GPU_ALLOW_GROWTH", "", _H),
    mark("harmless-lstm", "will not use cuDNN kernels since it doesn't meet the criteria", "", _H),
    mark("harmless-lstm", "will not use cuDNN kernel since it doesn't meet the cuDNN kernel criteria", "", _H),
    mark("harmless-ptxas", "Falling back to the driver to compile", "", _H),
    mark("harmless-ptxas", "Relying on driver to perform ptx compilation", "", _H),
    mark("harmless-remapper", "layout failed: INVALID_ARGUMENT", "", _H),
    mark("harmless-mlir", "None of the MLIR Optimization Passes are enabled", "", _H),
    mark("harmless-end-of-sequence", "OUT_OF_RANGE: End of sequence", "", _H),
    mark("harmless-node", "ocal rendezvous is aborting with status", "", _H),
]
"""Every line that is harmless."""

IMPLIES_CUDA = frozenset({"harmless-numa", "harmless-factory", "harmless-growth"})
"""Harmless lines that a build without CUDA never prints: enough to say that the log shows nothing bad, no more."""
