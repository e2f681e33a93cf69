"""Rules on libcuda.so.1: which file is loaded, how cuInit answers, and NVML beside it (gates 6, 7, 9, 10)."""

from ..models.finding import Fix
from .driver import user_space_version
from .facts import Facts
from .fixes import LISTS_GPU, NVIDIA_SMI, admin, code, kernel_env, pip_install, with_folder
from .rule import Match, rule, seen
from .tensorflow_facts import NEWEST_KNOWN, NVML_MEANINGS, NVML_SINCE, RECOMMENDED

_NOT_DRIVERS = ("/stubs/", "/compat/")


@rule(
    "driver-library-mismatch",
    gate=6,
    title="The NVIDIA driver's library and kernel module have different versions",
    label="driver version mismatch",
)
def driver_library_mismatch(facts: Facts) -> Match | None:
    """Means: the driver was updated while its old kernel module is still running, or a container brings a libcuda of
    its own.

    Seen by: the version in the name of the loaded libcuda differs from /proc/driver/nvidia/version; cuInit answers 803,
    NVML 18.

    Fix: reboot; in a container remove the libcuda that was built into the image.

    Source: https://github.com/tensorflow/tensorflow/issues/4349; CUDA driver API, CUresult 803
    """
    library = facts.driver.library if facts.driver else None
    if not facts.driver_fails or library is None or facts.wsl or "/compat/" in library:
        return None
    ours, theirs = user_space_version(facts), facts.module_version
    nvml_code = facts.nvml.init_code if facts.nvml else None
    differ = ours is not None and theirs is not None and theirs[:1].isdigit() and ours != theirs
    if not (differ or facts.cuinit_code == 803 or nvml_code == 18):
        return None
    fixes = [admin("Reboot, so that the new kernel module is loaded", "sudo reboot")]
    if facts.container:
        fixes.insert(
            0,
            admin(
                "Remove the driver's libraries from the image; the host brings them",
                f"In the image remove the package that owns {library}, then start the container again.",
            ),
        )
    return Match(
        evidence=[
            seen("libcuda.so.1 as loaded", library, f"version {theirs}" if theirs else "the kernel module's version"),
            seen("/proc/driver/nvidia/version", theirs or "not visible", ours or "the library's version"),
            seen("cuInit(0)", facts.cuinit_code, "0"),
            seen("nvmlInit_v2", nvml_code, "0"),
        ],
        fixes=fixes,
    )


@rule("libcuda-is-stub", gate=7, title="libcuda.so.1 is a stub for linking, not a driver", label="libcuda is a stub")
def libcuda_is_stub(facts: Facts) -> Match | None:
    """Means: the CUDA toolkit has an empty libcuda for the linker; it stands on the search path before the driver's.

    Seen by: the loaded file lies in a folder `stubs`, or cuInit answers 34.

    Fix: take the stubs folder out of LD_LIBRARY_PATH, or remove the link to it.

    Source: CUDA driver API, CUresult 34 (CUDA_ERROR_STUB_LIBRARY); measured with a simulated driver
    """
    library = (facts.driver.library if facts.driver else None) or ""
    if not facts.driver_fails or not (facts.cuinit_code == 34 or "/stubs/" in library):
        return None
    evidence = [seen("libcuda.so.1 as loaded", library, "the driver's own file")]
    evidence.append(seen("cuInit(0)", facts.cuinit_code, "0"))
    return Match(evidence=evidence, fixes=_off_the_path(facts, "stubs", library))


@rule(
    "cuda-compat-shadow",
    gate=7,
    title="A compatibility libcuda hides the driver's own",
    label="cuda-compat hides the driver",
)
def cuda_compat_shadow(facts: Facts) -> Match | None:
    """Means: the package cuda-compat brings a newer libcuda that works only with certain drivers on data-center GPUs;
    it is found before the driver's own.

    Seen by: the loaded file lies in a folder `compat`, and cuInit answers 803 or 804 (certain) or another error.

    Fix: remove the package or its entry on the search path.

    Source: https://github.com/NVIDIA/nvidia-docker/issues/1515; NVIDIA, CUDA Compatibility
    """
    library = (facts.driver.library if facts.driver else None) or ""
    if not facts.driver_fails or "/compat/" not in library:
        return None
    return Match(
        certainty="certain" if facts.cuinit_code in (803, 804) else "likely",
        evidence=[
            seen("libcuda.so.1 as loaded", library, "the driver's own file"),
            seen("cuInit(0)", facts.cuinit_code, "0"),
        ],
        fixes=[
            *_off_the_path(facts, "compat", ""),
            admin("Remove it from the loader's cache", "sudo rm -f /etc/ld.so.conf.d/*compat*.conf && sudo ldconfig"),
        ],
    )


@rule(
    "libcuda-not-on-search-path",
    gate=7,
    title="The driver's libcuda.so.1 is there, but the loader does not look in its folder",
    label="libcuda not on the search path",
)
def libcuda_not_on_search_path(facts: Facts) -> Match | None:
    """Means: the driver is installed in a folder of its own (/usr/lib/wsl/lib, /usr/local/nvidia/lib64,
    /run/opengl-driver/lib ...) which neither LD_LIBRARY_PATH nor the loader's cache names.

    Seen by: dlopen of libcuda.so.1 fails, and the file lies in one of the known folders.

    Fix: name the folder in LD_LIBRARY_PATH at the start of the kernel, or in /etc/ld.so.conf.d. In a fresh kernel,
    loading the file by its full path before the first device query works too.

    Source: https://github.com/tensorflow/tensorflow/issues/45882; measured with a simulated driver
    """
    if not facts.no_libcuda or facts.driver is None:
        return None
    found = [path for path in facts.driver.elsewhere if not any(mark in path for mark in _NOT_DRIVERS)]
    if not found:
        return None
    folder = found[0].rpartition("/")[0]
    fixes: list[Fix] = [
        kernel_env("Name the folder in the kernel's kernel.json, then restart", with_folder(facts, folder)),
        admin(
            "Name the folder for every program",
            f"echo {folder} | sudo tee /etc/ld.so.conf.d/nvidia-driver.conf && sudo ldconfig",
            LISTS_GPU,
        ),
    ]
    if not facts.asked:
        lists = "`tf.config.list_physical_devices('GPU')` lists the GPU."
        load = f'import ctypes\nctypes.CDLL("{found[0]}")'
        fixes.insert(0, code("Now, before TensorFlow looks for devices", load, lists))
    return Match(
        evidence=[
            seen("dlopen libcuda.so.1", facts.driver.library_error or "fails", "it loads"),
            seen("libcuda.so.1 in known folders", ", ".join(found), "a folder that the loader searches"),
        ],
        fixes=fixes,
    )


@rule("fabric-manager-down", gate=9, title="The NVSwitch fabric is not ready", label="fabric manager not running")
def fabric_manager_down(facts: Facts) -> Match | None:
    """Means: on machines with NVSwitch (HGX, DGX) CUDA waits for the service nvidia-fabricmanager.

    Seen by: cuInit answers 802 (system not yet initialized).

    Fix: start the service, in the same version as the driver.

    Source: CUDA driver API, CUresult 802
    """
    if facts.cuinit_code != 802:
        return None
    return Match(
        certainty="likely",
        evidence=[seen("cuInit(0)", "802 (CUDA_ERROR_SYSTEM_NOT_READY)", "0")],
        fixes=[admin("Start the fabric manager", "sudo systemctl enable --now nvidia-fabricmanager")],
    )


@rule("nvml-missing", gate=10, title="TensorFlow needs NVML, and it is missing", label="NVML missing")
def nvml_missing(facts: Facts) -> Match | None:
    """Means: from 2.21 on TensorFlow asks NVML about each GPU; without libnvidia-ml.so.1 it silently lists none.

    Seen by: CUDA lists a device, TensorFlow is 2.21, and dlopen of libnvidia-ml.so.1 fails.

    Fix: in a container add the capability `utility`; elsewhere install the driver's library; or TensorFlow 2.20.0.

    Source: measured with TensorFlow 2.20.0, 2.21.0 and a simulated driver
    """
    if not _needs_nvml(facts) or facts.nvml is None or facts.nvml.library is not None:
        return None
    if facts.nvml.library_error is None:
        return None  # the child gave no answer: that proves nothing
    if facts.container:
        fix = admin(
            "Start the container again with the capability `utility`",
            "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility ...",
        )
    else:
        fix = admin(
            "Install the driver's NVML library, in the driver's version",
            "Debian: sudo apt install libnvidia-ml1. Ubuntu: sudo apt install libnvidia-compute-<driver's version>. "
            "WSL: add /usr/lib/wsl/lib to LD_LIBRARY_PATH.",
        )
    return Match(
        evidence=[seen("dlopen libnvidia-ml.so.1", facts.nvml.library_error, "it loads")],
        fixes=[fix, _without_nvml(facts)],
    )


@rule("nvml-init-failed", gate=10, title="TensorFlow needs NVML, and it does not start", label="NVML does not start")
def nvml_init_failed(facts: Facts) -> Match | None:
    """Means: from 2.21 on TensorFlow lists no GPU when nvmlInit_v2 fails, and says nothing at any log level.

    Seen by: CUDA lists a device, TensorFlow is 2.21, and nvmlInit_v2 answers with an error.

    Fix: by its code: 18, reboot after a driver update; 9, load the kernel module; 4, permissions of /dev/nvidia*;
    999 in a container, start it anew. Or TensorFlow 2.20.0, which does not need NVML.

    Source: measured with TensorFlow 2.20.0, 2.21.0 and a simulated driver; nvml.h
    """
    if not _needs_nvml(facts) or facts.nvml is None or facts.nvml.init_code in (None, 0):
        return None
    number = facts.nvml.init_code or 0
    steps = {
        18: "sudo reboot (the driver was updated while it ran)",
        9: "sudo modprobe nvidia",
        4: "sudo chmod 666 /dev/nvidia*",
        999: "Remove the container and run it again" if facts.container else "sudo reboot",
    }
    fixes = [admin("Mend the driver", steps[number], NVIDIA_SMI)] if number in steps else []
    return Match(
        evidence=[seen("nvmlInit_v2", f"{number} ({NVML_MEANINGS.get(number, 'see nvml.h')})", "0")],
        fixes=[*fixes, _without_nvml(facts)],
    )


def _needs_nvml(facts: Facts) -> bool:
    known = NVML_SINCE <= (facts.version or ())[:2] <= NEWEST_KNOWN
    return known and facts.is_cuda_build and facts.platform == "linux" and facts.driver_works


def _without_nvml(facts: Facts) -> Fix:
    title = f"Install TensorFlow {RECOMMENDED}, which does not need NVML"
    return pip_install(facts, title, [f"tensorflow[and-cuda]=={RECOMMENDED}"])


def _off_the_path(facts: Facts, word: str, library: str) -> list[Fix]:
    """Return how to take a folder out of LD_LIBRARY_PATH, or the file away where it is found otherwise."""
    folders = (facts.at_start("LD_LIBRARY_PATH") or "").split(":")
    kept = [one for one in folders if one and word not in one]
    if len(kept) < len([one for one in folders if one]):
        return [
            kernel_env(
                f"Start the kernel without the folder `{word}` (kernel.json), then restart it",
                {"LD_LIBRARY_PATH": ":".join(kept)},
            )
        ]
    if not library:
        return [admin("Remove the package", "sudo apt purge 'cuda-compat-*' (in an image: in its Dockerfile)")]
    return [
        admin(
            "Remove the link that makes it libcuda.so.1, and rebuild the loader's cache",
            f"Find links to it with: find / -lname '*stubs/libcuda.so*' 2>/dev/null; remove them, then sudo ldconfig. "
            f"The file itself ({library}) may stay.",
        )
    ]
