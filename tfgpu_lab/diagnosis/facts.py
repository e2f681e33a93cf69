"""One bundle of everything known about a kernel, and what follows from it for several rules."""

import re

from msgspec import Struct

from ..models.environment import (
    CudaDriver,
    DeviceNode,
    Distribution,
    Environment,
    Library,
    Nvml,
    TensorFlowInstall,
)
from ..models.execution import Execution
from ..models.gpu import DisplayController
from ..models.live import LiveReport, LiveTensorFlow
from ..models.placement import Placement
from .requirements import Release, release
from .tensorflow_facts import LAST_METAL, PLUGIN_DISTRIBUTIONS

NVIDIA, AMD = "10de", "1002"
CUDA_VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"
_ENTRY = re.compile(r"\s*(\d+\s*(,|$)|GPU-|MIG-)")
_CARD_NODE = re.compile(r"/dev/nvidia\d+")


class Facts(Struct, frozen=True, kw_only=True):
    """What the probe and the agent report; either may be missing. Properties are pure and never raise."""

    environment: Environment | None
    """What is true before TensorFlow is imported; null when it could not be probed."""
    live: LiveReport | None
    """What the running kernel says; null when it could not be asked."""
    placement: Placement | None = None
    """Where its models live; null unless that was looked at since the last cell was run."""
    execution: Execution | None = None
    """What its last cell did; null where nobody watched it."""

    # What is installed

    @property
    def python(self) -> str:
        """The kernel's interpreter, quoted for a shell."""
        known = self.environment.interpreter.executable if self.environment else ""
        return f'"{known or (self.live.executable if self.live else "") or "python"}"'

    @property
    def python_release(self) -> Release | None:
        """Python's version as numbers, such as (3, 11, 7)."""
        return release(self.environment.interpreter.version) if self.environment else None

    @property
    def platform(self) -> str:
        """`sys.platform` of the interpreter; empty when unknown."""
        return self.environment.interpreter.platform if self.environment else ""

    @property
    def machine(self) -> str:
        """`platform.machine()` in lower case, with one word for each architecture; empty when unknown."""
        word = self.environment.interpreter.machine.lower() if self.environment else ""
        return {"amd64": "x86_64", "arm64": "aarch64"}.get(word, word)

    @property
    def tensorflow(self) -> TensorFlowInstall | None:
        """The TensorFlow that would be imported; null when there is none or nothing is known."""
        return self.environment.tensorflow if self.environment else None

    @property
    def tensorflow_missing(self) -> bool:
        """Whether the environment certainly has no TensorFlow, or no more than an empty folder of that name."""
        unread = self.environment is None or "tensorflow" in self.environment.unread
        return not unread and (self.tensorflow is None or self.hollow) and self.live_tensorflow is None

    @property
    def hollow(self) -> bool:
        """Whether `import tensorflow` finds a folder without the package's code in it (a namespace package)."""
        origin = self.tensorflow.origin if self.tensorflow else ""
        return origin.replace("\\", "/").rpartition("/")[2] == "tensorflow"

    @property
    def version(self) -> Release | None:
        """TensorFlow's version as numbers: the running one, else the installed one."""
        running = self.live_tensorflow.version if self.live_tensorflow else None
        return release(running or (self.tensorflow.version if self.tensorflow else None))

    @property
    def is_cuda_build(self) -> bool:
        """Whether TensorFlow is certainly a CUDA build."""
        return self.tensorflow is not None and self.tensorflow.is_cuda_build is True

    @property
    def is_cpu_build(self) -> bool:
        """Whether TensorFlow is certainly built without any GPU support."""
        built = self.tensorflow
        return built is not None and built.is_cuda_build is False and built.is_rocm_build is not True

    @property
    def plugin(self) -> str | None:
        """A pluggable device that may add a GPU to any build, in words; null when there is none."""
        path = self.value("TF_PLUGGABLE_DEVICE_LIBRARY_PATH")
        if path:
            return f"TF_PLUGGABLE_DEVICE_LIBRARY_PATH={path}"
        too_new = (self.version or ())[:2] > LAST_METAL
        loadable = (name for name in PLUGIN_DISTRIBUTIONS if not (too_new and name == "tensorflow-metal"))
        return next((name for name in loadable if self.distribution(name)), None)

    def distribution(self, name: str) -> Distribution | None:
        """Return the installed distribution of that name."""
        known = self.environment.distributions if self.environment else []
        return next((one for one in known if one.name == name), None)

    @property
    def wheels(self) -> list[Distribution]:
        """NVIDIA's wheels with CUDA libraries (nvidia-ml-py is Python code and no such wheel)."""
        known = self.environment.nvidia_wheels if self.environment else []
        return [one for one in known if one.name != "nvidia-ml-py"]

    @property
    def libraries(self) -> list[Library]:
        """The libraries that TensorFlow needs to register a GPU; empty when none or not known."""
        return self.environment.libraries if self.environment else []

    @property
    def missing(self) -> list[str]:
        """Sonames of the libraries that the loader does not find, or that do not load."""
        return [one.soname for one in self.libraries if one.path is None or one.load_error]

    # Variables

    def at_start(self, name: str) -> str | None:
        """Return a variable's value when the kernel started; null when it was not set or is not known."""
        known = self.environment.variables if self.environment else []
        return next((one.at_start for one in known if one.name == name), None)

    def value(self, name: str) -> str | None:
        """Return a variable's value now; null when it is not set or not known."""
        known = self.environment.variables if self.environment else []
        running = self.live.variables.get(name) if self.live else None
        return next((one.now for one in known if one.name == name), running)

    @property
    def mask(self) -> str | None:
        """CUDA_VISIBLE_DEVICES as it stands now; null when not set."""
        return self.value(CUDA_VISIBLE_DEVICES)

    @property
    def mask_hides_all(self) -> bool:
        """Whether CUDA_VISIBLE_DEVICES now hides every GPU by its form: empty, -1, or no index or UUID first."""
        return hides_all(self.mask)

    # The driver and the machine

    @property
    def cuda(self) -> CudaDriver | None:
        """The CUDA driver's answer under CUDA_VISIBLE_DEVICES as it stands now; null when it was not asked."""
        return self.environment.cuda if self.environment else None

    @property
    def driver(self) -> CudaDriver | None:
        """The CUDA driver's answer without CUDA_VISIBLE_DEVICES; null when it was not asked."""
        return (self.environment.cuda_unmasked or self.environment.cuda) if self.environment else None

    @property
    def driver_works(self) -> bool:
        """Whether the CUDA driver lists a device when CUDA_VISIBLE_DEVICES hides none."""
        return lists_device(self.driver)

    @property
    def driver_fails(self) -> bool:
        """Whether the CUDA driver was asked without CUDA_VISIBLE_DEVICES, answered, and has no device."""
        return answers(self.driver) and not self.driver_works

    @property
    def no_libcuda(self) -> bool:
        """Whether libcuda.so.1 certainly cannot be loaded."""
        return answers(self.driver) and self.driver is not None and self.driver.cuinit_code is None

    @property
    def cuinit_code(self) -> int | None:
        """What cuInit(0) returns when CUDA_VISIBLE_DEVICES hides nothing; null when it was not reached."""
        return self.driver.cuinit_code if self.driver else None

    @property
    def nvml(self) -> Nvml | None:
        """NVML's answer; null when it was not asked."""
        return self.environment.nvml if self.environment else None

    @property
    def nvml_works(self) -> bool:
        """Whether NVML initialises."""
        return self.nvml is not None and self.nvml.init_code == 0

    @property
    def module_version(self) -> str | None:
        """Version of the NVIDIA kernel module; null when it is not loaded or not visible."""
        return self.environment.kernel_module.version if self.environment else None

    @property
    def container(self) -> str | None:
        """The kind of container; null outside of one."""
        return self.environment.surroundings.container if self.environment else None

    @property
    def wsl(self) -> int | None:
        """Version of the Windows Subsystem for Linux; null elsewhere."""
        return self.environment.surroundings.wsl if self.environment else None

    def cards(self, vendor: str) -> list[DisplayController]:
        """Return the display controllers of a PCI vendor."""
        known = self.environment.hardware.controllers if self.environment else []
        return [one for one in known if one.vendor_id.lower().removeprefix("0x") == vendor]

    def node(self, path: str) -> DeviceNode | None:
        """Return what is known of a device file."""
        known = self.environment.device_nodes if self.environment else []
        return next((one for one in known if one.path == path), None)

    @property
    def card_nodes(self) -> list[DeviceNode]:
        """The device files of NVIDIA GPUs that exist, such as /dev/nvidia0."""
        known = self.environment.device_nodes if self.environment else []
        return [one for one in known if _CARD_NODE.fullmatch(one.path) and one.error != "ENOENT"]

    @property
    def gpu_hints(self) -> list[str]:
        """What says that this machine has a supported GPU, in words; empty when nothing does."""
        if self.environment is None:
            return []
        apple = self.platform == "darwin" and self.machine == "aarch64"
        dxg = self.node("/dev/dxg")
        said = {
            "an NVIDIA GPU is on the PCI bus": self.cards(NVIDIA),
            "an AMD GPU is on the PCI bus": self.cards(AMD),
            "the NVIDIA kernel module is loaded": self.module_version,
            "the CUDA driver lists a device": self.driver_works or lists_device(self.cuda),
            "NVML answers": self.nvml_works,
            "NVIDIA device files exist": self.card_nodes,
            "/dev/dxg exists": dxg is not None and dxg.error != "ENOENT",
            "the machine has Apple silicon": apple,
            "the running TensorFlow lists a GPU": self.physical_gpus,
        }
        return [words for words, holds in said.items() if holds]

    @property
    def hardware_absent(self) -> bool:
        """Whether this machine certainly has no supported GPU.

        Only on Linux on x86_64: elsewhere a GPU need not be on the PCI bus (Apple silicon, Jetson, WSL).
        """
        known = self.environment
        if known is None or "hardware" in known.unread or known.hardware.unreadable is not None or self.wsl:
            return False
        return self.platform == "linux" and self.machine == "x86_64" and not self.gpu_hints

    # The running TensorFlow

    @property
    def live_tensorflow(self) -> LiveTensorFlow | None:
        """TensorFlow in the running kernel; null when it is not imported or not known."""
        return self.live.tensorflow if self.live else None

    @property
    def asked(self) -> bool:
        """Whether the running TensorFlow has listed its devices: from then on its answer stays."""
        return self.live_tensorflow is not None and self.live_tensorflow.physical_devices is not None

    @property
    def physical_gpus(self) -> list[str]:
        """GPUs that the running TensorFlow has listed."""
        return gpus(self.live_tensorflow.physical_devices if self.live_tensorflow else None)

    @property
    def visible_gpus(self) -> list[str]:
        """Listed GPUs that are left visible to it."""
        live = self.live_tensorflow
        return self.physical_gpus if live is None or live.visible_devices is None else gpus(live.visible_devices)

    @property
    def logical_gpus(self) -> list[str]:
        """GPUs with which the running TensorFlow is initialised."""
        return gpus(self.live_tensorflow.logical_devices if self.live_tensorflow else None)

    @property
    def initialized(self) -> bool:
        """Whether the running TensorFlow's devices can no longer change."""
        live = self.live_tensorflow
        return live is not None and live.context == "initialized" and live.logical_devices is not None

    @property
    def gpu_seen(self) -> bool:
        """Whether the running TensorFlow itself shows that it has a GPU: no static fact outweighs that."""
        failed = self.live_tensorflow is not None and self.live_tensorflow.failed_start is not None
        return bool(self.logical_gpus if self.initialized else self.visible_gpus and not failed)

    @property
    def other_keras_backend(self) -> str | None:
        """The backend on which the running Keras computes, where it is another than TensorFlow."""
        keras = self.live.keras if self.live else None
        return keras.backend if keras and keras.backend not in (None, "tensorflow") else None


def hides_all(mask: str | None) -> bool:
    """Return whether a value of CUDA_VISIBLE_DEVICES hides every GPU by its form alone; null hides nothing."""
    return mask is not None and _ENTRY.match(mask) is None


def answers(cuda: CudaDriver | None) -> bool:
    """Return whether it is known what came of asking a CUDA driver: cuInit's code, or why it does not load."""
    if cuda is None or cuda.failure is not None:
        return False
    return cuda.cuinit_code is not None or (cuda.library is None and cuda.library_error is not None)


def lists_device(cuda: CudaDriver | None) -> bool:
    """Return whether a CUDA driver initialised and lists a device."""
    return cuda is not None and cuda.failure is None and cuda.cuinit_code == 0 and bool(cuda.devices)


def gpus(devices: list[str] | None) -> list[str]:
    """Return the GPUs of a list of TensorFlow's device names."""
    return [name for name in devices or [] if ":GPU:" in name.upper()]
