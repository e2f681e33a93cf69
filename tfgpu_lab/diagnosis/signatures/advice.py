"""What mends a cause when nothing is known of the machine but its log: generic wording, complete commands."""

from ...models.finding import Fix
from ..facts import Facts
from ..fixes import (
    LISTS_GPU,
    admin,
    code,
    command,
    gpu_tensorflow,
    kernel_env,
    nvidia_builds,
    restart,
    windows_ways,
)
from ..tensorflow_facts import DRIVER_FLOOR, RECOMMENDED

_UNKNOWN = Facts(environment=None, live=None)
_PACKAGES = "tensorflow tensorflow-cpu tensorflow-gpu tf-nightly intel-tensorflow"
_GPU_TENSORFLOW = gpu_tensorflow(_UNKNOWN)
_FRESH = gpu_tensorflow(_UNKNOWN, uninstall=_PACKAGES.split())
_DRIVER = admin(
    "Install NVIDIA's driver",
    "Ubuntu: sudo ubuntu-drivers install. Debian: sudo apt install nvidia-driver (non-free). RHEL, Rocky: "
    f"sudo dnf install nvidia-open. Windows: NVIDIA's installer. CUDA 12: {DRIVER_FLOOR[12]} or newer. Then reboot.",
)
_REBOOT = admin("Reboot, so that the new kernel module is loaded", "sudo reboot")
_RUN_WITH_GPU = admin(
    "Start the container with the GPU",
    "docker run --gpus all ... (compose: deploy.resources.reservations.devices; Kubernetes: resources.limits "
    "nvidia.com/gpu: 1; Singularity: --nv; Podman: --device nvidia.com/gpu=all). The host needs the NVIDIA Container "
    "Toolkit: sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker",
)
_UNHIDE = restart(
    "Find where CUDA_VISIBLE_DEVICES is set (notebook, kernel.json, shell, launcher, a library), remove it, restart "
    "the kernel: TensorFlow reads it at the first device query only."
)
_WSL = admin(
    "Update WSL and the driver of Windows",
    "In an administrator's PowerShell: wsl --update, then wsl --shutdown. Install NVIDIA's current driver for Windows; "
    "inside WSL install none (sudo apt purge 'nvidia-driver-*' 'libnvidia-compute-*').",
)
_CUDA_FROM_SYSTEM = kernel_env(
    "Or name the folder of the libraries in the kernel's kernel.json, then restart it",
    {"LD_LIBRARY_PATH": "/usr/local/cuda/lib64"},
)
_CUDNN = command(
    "Install the cuDNN that TensorFlow asks for, then restart the kernel",
    'python -m pip install "nvidia-cudnn-cu12>=9.3.0.75,<10"   # TensorFlow 2.18 and newer; 2.16, 2.17: ==8.9.7.29; '
    "2.15: ==8.9.4.25",
)
_FREE_MEMORY = Fix(
    kind="shutdown-kernel",
    title="Shut down the kernel or process that holds the memory",
    text="`nvidia-smi` lists the processes. In JupyterLab: Running Terminals and Kernels, Shut Down. Memory is freed "
    "only when the process ends.",
    verified_by="`nvidia-smi` shows free memory.",
)
_GROWTH = kernel_env(
    "Let TensorFlow take memory as it needs it (kernel.json), then restart the kernel",
    {"TF_FORCE_GPU_ALLOW_GROWTH": "true"},
    "`nvidia-smi` shows that not all memory is taken at once.",
)
ADVICE: dict[str, list[Fix]] = {
    "windows-native-no-gpu": windows_ways(),
    "macos-no-metal": [
        command(
            "On Apple silicon: TensorFlow with Apple's plugin, then restart the kernel",
            'python -m pip install "tensorflow==2.17.*" "tensorflow-metal==1.1.0"   # Python 3.12 or older',
        )
    ],
    "linux-aarch64-wheel-cpu-only": nvidia_builds(),
    "amd-needs-rocm": [
        admin(
            "Use AMD's build and give the user access",
            "Run the image rocm/tensorflow, or install the wheel for your ROCm from https://repo.radeon.com. Access: "
            "sudo usermod -aG render,video $USER, then log in anew. For a model without code of its own: "
            "HSA_OVERRIDE_GFX_VERSION (for example 10.3.0).",
            LISTS_GPU,
        )
    ],
    "conda-cpu-build": [
        command(
            "Let conda choose a CUDA build, then restart the kernel",
            'CONDA_OVERRIDE_CUDA="12.6" conda install -c conda-forge "tensorflow=*=*cuda*"',
        ),
        *_GPU_TENSORFLOW,
    ],
    "cpu-only-wheel": _FRESH,
    "mixed-tensorflow-dists": _FRESH,
    "tensorflow-gpu-package": _FRESH,
    "tensorflow-not-installed": _GPU_TENSORFLOW,
    "python-unsupported": [
        command(
            "Make a kernel with a Python that TensorFlow has wheels for",
            "python3.13 -m venv ~/tf-gpu && ~/tf-gpu/bin/python -m pip install ipykernel "
            f'"tensorflow[and-cuda]=={RECOMMENDED}" && ~/tf-gpu/bin/python -m ipykernel install --user --name tf-gpu',
            "The kernel tf-gpu can be chosen, and in it `import tensorflow` works.",
        )
    ],
    "hosted-runtime-cpu": [
        Fix(
            kind="runtime-setting",
            title="Choose a GPU in the service's settings",
            text="Colab: Runtime, Change runtime type, T4 GPU. Kaggle: Settings, Accelerator. They may be used up.",
            verified_by=LISTS_GPU,
        )
    ],
    "container-no-gpu": [_RUN_WITH_GPU],
    "container-driver-capabilities": [
        admin(
            "Start the container with the driver's compute part",
            "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility ...",
        )
    ],
    "container-lost-gpu": [
        admin(
            "Remove the container and run it again",
            "docker rm -f <container> && docker run --gpus all ... For good: sudo nvidia-ctk system "
            "create-dev-char-symlinks --create-all",
        )
    ],
    "scheduler-no-gpu": [admin("Ask the scheduler for a GPU", "srun --gres=gpu:1 ... (sbatch: #SBATCH --gres=gpu:1)")],
    "wsl2-no-cuda": [_WSL],
    "nouveau-or-vfio-bound": [_DRIVER],
    "driver-not-installed": [_DRIVER],
    "intel-or-no-nvidia-gpu": [],
    "libcuda-not-on-search-path": [
        kernel_env(
            "Name the folder of libcuda.so.1 in the kernel's kernel.json, then restart (WSL: /usr/lib/wsl/lib)",
            {"LD_LIBRARY_PATH": "/usr/lib/wsl/lib"},
        )
    ],
    "kernel-module-not-loaded": [
        admin(
            "Load the module",
            "sudo modprobe nvidia. Missing for this kernel: sudo dkms autoinstall. Refused by Secure Boot (mokutil "
            "--sb-state): enrol the key. On a host of containers: there, not in the container.",
        ),
        _DRIVER,
    ],
    "driver-library-mismatch": [_REBOOT],
    "cuda-compat-shadow": [
        admin("Remove the compatibility package", "sudo apt purge 'cuda-compat-*' && sudo ldconfig"),
        _REBOOT,
    ],
    "libcuda-is-stub": [
        admin(
            "Take the folder `stubs` off the search path",
            "Remove it from LD_LIBRARY_PATH, and links to it: find / -lname '*stubs/libcuda.so*' 2>/dev/null; then "
            "sudo ldconfig.",
        ),
        _RUN_WITH_GPU,
    ],
    "driver-too-old": [
        admin(
            "Update the driver",
            f"CUDA 11 needs {DRIVER_FLOOR[11]}, CUDA 12 {DRIVER_FLOOR[12]}, CUDA 13 {DRIVER_FLOOR[13]} or newer. "
            "Ubuntu: sudo ubuntu-drivers install, then reboot.",
        )
    ],
    "uvm-missing-or-suspend": [
        admin(
            "Load CUDA's kernel module anew",
            "sudo modprobe -r nvidia_uvm && sudo modprobe nvidia_uvm (or reboot). In a container or LXC: pass "
            "/dev/nvidia-uvm in. For good: options nvidia NVreg_PreserveVideoMemoryAllocations=1 and the service "
            "nvidia-suspend.",
        )
    ],
    "fabric-manager-down": [admin("Start the fabric manager", "sudo systemctl enable --now nvidia-fabricmanager")],
    "gpu-hardware-lost": [admin("Reboot; if it comes back, the card or its power is at fault", "sudo reboot")],
    "device-node-permission": [
        admin(
            "Let the user open the devices",
            "sudo chmod 666 /dev/nvidia* (for good: options nvidia NVreg_DeviceFileMode=0666)",
        )
    ],
    "device-cgroup-denied": [
        admin(
            "Let the job, service or container have the devices",
            "Slurm: --gres=gpu:1. systemd: DeviceAllow=char-nvidia* rw without PrivateDevices. Docker: --gpus all.",
        )
    ],
    "cvd-hides-gpu": [_UNHIDE],
    "cvd-bad-entry": [
        kernel_env(
            "Name a GPU that is there (kernel.json), then restart the kernel",
            {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "0"},
        ),
        _UNHIDE,
    ],
    "mig-misconfigured": [
        admin(
            "Make an instance and name it",
            "sudo nvidia-smi mig -cgi 19 -C; nvidia-smi -L lists the instances; CUDA_VISIBLE_DEVICES=MIG-<uuid>. One "
            "instance a process. To leave MIG mode: sudo nvidia-smi -mig 0",
        )
    ],
    "visible-devices-emptied": [restart("Remove the call that hides the GPU, then restart the kernel.")],
    "env-changed-after-device-query": [restart("Set CUDA_VISIBLE_DEVICES before `import tensorflow`, then restart.")],
    "nvml-missing": [
        admin(
            "Bring in the driver's NVML library",
            "Container: -e NVIDIA_DRIVER_CAPABILITIES=compute,utility. Debian: sudo apt install libnvidia-ml1. WSL: "
            "add /usr/lib/wsl/lib to LD_LIBRARY_PATH.",
        ),
        *_GPU_TENSORFLOW,
    ],
    "tf221-cusolver-runpath": [
        code(
            "In a fresh kernel, before TensorFlow looks for devices",
            "import ctypes, os, sysconfig\nctypes.CDLL(os.path.join(sysconfig.get_paths()['purelib'], "
            "'nvidia/cusolver/lib/libcusolver.so.11'))",
            "`tf.config.list_physical_devices('GPU')` lists the GPU.",
        ),
        *_GPU_TENSORFLOW,
    ],
    "tf2161-runpath": [
        command(
            "Install TensorFlow 2.16.2, then restart the kernel", 'python -m pip install "tensorflow[and-cuda]==2.16.2"'
        )
    ],
    "cuda-lib-corrupt": [
        command(
            "Install the library's wheel anew, then restart the kernel",
            f'python -m pip install --force-reinstall --no-cache-dir "tensorflow[and-cuda]=={RECOMMENDED}"',
        )
    ],
    "cuda-lib-dependency-missing": [
        *_GPU_TENSORFLOW,
        admin(
            "On Windows: zlib for cuDNN",
            "Put zlibwapi.dll, as NVIDIA's cuDNN installation guide names it, into a folder of PATH.",
            LISTS_GPU,
        ),
    ],
    "cuda-major-mismatch": [*_GPU_TENSORFLOW, _CUDA_FROM_SYSTEM],
    "cudnn-major-mismatch": [_CUDNN],
    "cuda-extra-missing": _GPU_TENSORFLOW,
    "cuda-lib-missing": [*_GPU_TENSORFLOW, _CUDA_FROM_SYSTEM],
    "cudnn-older-than-compiled": [_CUDNN],
    "torch-or-jax-overrode-nvidia-wheels": [
        command(
            "Install TensorFlow's wheels last, or give the frameworks environments of their own",
            f'python -m pip install "tensorflow[and-cuda]=={RECOMMENDED}" && python -m pip check',
        )
    ],
    "cc-below-minimum": [],
    "cc-no-binary": [
        command(
            "Install the last TensorFlow with code for it, then restart the kernel",
            'python -m pip install "tensorflow[and-cuda]==2.16.2"   # compute capability 5.x; 3.5: 2.14.1',
        )
    ],
    "cc-too-new-ptx-jit": [
        admin(
            "Use NVIDIA's build, which has code for new GPUs",
            "Run Jupyter in nvcr.io/nvidia/tensorflow:25.02-tf2-py3.",
            "The first operation ends within seconds.",
        )
    ],
    "too-few-multiprocessors": [
        kernel_env("Lower the limit (kernel.json), then restart the kernel", {"TF_MIN_GPU_MULTIPROCESSOR_COUNT": "1"})
    ],
    "kernel-env-missing-vars": [_CUDA_FROM_SYSTEM, *_GPU_TENSORFLOW],
    "gpu-memory-hogged": [_FREE_MEMORY, _GROWTH],
    "compute-mode-exclusive": [
        _FREE_MEMORY,
        admin("Or admit several processes", "sudo nvidia-smi -c 0", "`nvidia-smi` shows compute mode `Default`."),
    ],
    "memory-growth-too-late": [
        restart(
            "Restart the kernel and put the call into the first cell, before any other of TensorFlow.",
            "The call raises nothing.",
        ),
        _GROWTH,
    ],
    "wrong-device-name": [
        code(
            "Take the names that TensorFlow gives",
            "[device.name for device in tf.config.list_logical_devices('GPU')]",
            "`tf.device(name)` raises nothing.",
        )
    ],
    "op-without-gpu-kernel": [
        code(
            "Let TensorFlow choose the device for such operations",
            "tf.config.set_soft_device_placement(True)",
            "The operation runs.",
        )
    ],
    "keras-backend-not-tensorflow": [
        kernel_env(
            "Choose TensorFlow as Keras' backend (kernel.json), then restart the kernel",
            {"KERAS_BACKEND": "tensorflow"},
            "`keras.config.backend()` is 'tensorflow'.",
        )
    ],
    "device-scope-cpu": [restart("Remove the scope and build the model anew.")],
    "strategy-or-distribution-cpu": [],
    "xla-libdevice-or-ptxas-missing": [
        command(
            "Install CUDA's compiler, then restart the kernel",
            "python -m pip install nvidia-cuda-nvcc-cu12   # conda: conda install -c conda-forge cuda-nvcc",
            "The operation with XLA runs.",
        )
    ],
    "gpu-used-but-looks-idle": [],
}
"""Cause to fixes, best first; empty where nothing on the machine mends it."""
