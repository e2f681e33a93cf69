"""Rules on the NVIDIA driver: its kernel module and its device files (gate 6)."""

import re

from .facts import AMD, NVIDIA, Facts
from .fixes import admin
from .rule import Match, rule, seen
from .tensorflow_facts import DRIVER_FLOOR

_FOREIGN = {"nouveau", "nova_core", "vfio-pci", "pci-stub"}
_VERSION = re.compile(r"libcuda\.so\.(\d{3,}\.\d+(?:\.\d+)?)$")
_INSTALL = (
    "Ubuntu: sudo ubuntu-drivers install. Debian: sudo apt install nvidia-driver (component non-free). RHEL, Rocky: "
    f"sudo dnf install nvidia-open (NVIDIA's CUDA repository). CUDA 12 needs {DRIVER_FLOOR[12]} or newer. Then reboot."
)


@rule("wsl2-no-cuda", gate=6, title="WSL does not pass the GPU through", label="WSL without GPU")
def wsl2_no_cuda(facts: Facts) -> Match | None:
    """Means: in the Windows Subsystem for Linux, CUDA comes from the driver of Windows, through /dev/dxg and
    /usr/lib/wsl/lib. WSL 1 has neither; a Linux driver installed inside WSL 2 hides the right libcuda.

    Seen by: the kernel's release names Microsoft; /dev/dxg; the folder from which libcuda.so.1 is loaded.

    Fix: WSL 2, a current driver for Windows, and no NVIDIA driver inside of WSL.

    Source: NVIDIA, CUDA on WSL User Guide; https://github.com/tensorflow/tensorflow/issues/63341
    """
    if facts.wsl is None or facts.container or not facts.driver_fails or facts.driver is None:
        return None
    update = admin(
        "Update WSL and the driver of Windows",
        "In an administrator's PowerShell: wsl --update, then wsl --shutdown. Install NVIDIA's current driver for "
        "Windows (not for Linux).",
    )
    if facts.wsl == 1:
        convert = admin("Convert the distribution to WSL 2", "In PowerShell: wsl --set-version <distribution> 2")
        return Match(
            title="WSL 1 has no GPU support",
            evidence=[seen("version of WSL", 1, "2")],
            fixes=[convert, update],
        )
    dxg = facts.node("/dev/dxg")
    if dxg is None or dxg.error == "ENOENT":
        return Match(evidence=[seen("/dev/dxg", "absent", "present")], fixes=[update])
    library = facts.driver.library
    if library is None and not facts.driver.elsewhere:
        return Match(
            title="Windows has no NVIDIA driver that WSL could use",
            evidence=[seen("/usr/lib/wsl/lib/libcuda.so.1", facts.driver.library_error or "absent", "present")],
            fixes=[update],
        )
    if library is not None and "/wsl/" not in library:
        return Match(
            certainty="likely",
            title="A Linux driver inside WSL hides the driver of Windows",
            evidence=[seen("libcuda.so.1 as loaded", library, "a file below /usr/lib/wsl")],
            fixes=[
                admin("Remove the Linux driver inside WSL", "sudo apt purge 'nvidia-driver-*' 'libnvidia-compute-*'")
            ],
        )
    return None


@rule(
    "nouveau-or-vfio-bound",
    gate=6,
    title="Another kernel driver has taken the NVIDIA GPU",
    label="GPU bound to another driver",
)
def nouveau_or_vfio_bound(facts: Facts) -> Match | None:
    """Means: the card works, but for nouveau (the free graphics driver, without CUDA) or for a virtual machine (vfio).

    Seen by: the `driver` link of every NVIDIA card in /sys/bus/pci/devices.

    Fix: install NVIDIA's driver and keep nouveau from loading; or give the card back from the virtual machine.

    Source: NVIDIA Linux driver README, chapter on nouveau; Linux, Documentation/driver-api/vfio.rst
    """
    cards = facts.cards(NVIDIA)
    if not cards or not all(one.driver in _FOREIGN for one in cards) or facts.driver_works:
        return None
    names = sorted({one.driver or "" for one in cards})
    fixes = []
    if any(name.startswith("nov") or name == "nouveau" for name in names):
        fixes.append(
            admin(
                "Install NVIDIA's driver and keep nouveau from loading",
                "echo 'blacklist nouveau' | sudo tee /etc/modprobe.d/blacklist-nouveau.conf && sudo update-initramfs "
                f"-u (RHEL: sudo dracut --force). {_INSTALL}",
            )
        )
    if {"vfio-pci", "pci-stub"} & set(names):
        fixes.append(
            admin(
                "Give the card back to this machine, or run Jupyter in the virtual machine that has it",
                "Remove the card's ids from vfio-pci's options in /etc/modprobe.d and the kernel command line, reboot.",
            )
        )
    return Match(
        title=f"The kernel driver {' and '.join(names)} has taken the NVIDIA GPU",
        evidence=[seen(f"driver of {one.address}", one.driver, "nvidia") for one in cards],
        fixes=fixes,
    )


@rule("driver-not-installed", gate=6, title="No NVIDIA driver is installed", label="no NVIDIA driver")
def driver_not_installed(facts: Facts) -> Match | None:
    """Means: there is neither NVIDIA's kernel module nor its library libcuda.so.1, so CUDA cannot start.

    Seen by: no /proc/driver/nvidia/version, no /sys/module/nvidia, dlopen of libcuda.so.1 fails and no such file lies
    in the usual folders. TensorFlow says `failed call to cuInit: UNKNOWN ERROR (303)`.

    Fix: install the driver and reboot. It matters only where there is an NVIDIA GPU: it is not said of a machine with
    AMD's alone.

    Source: measured; https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/
    """
    cards = facts.cards(NVIDIA)
    bound = any(one.driver for one in cards)
    # `unread` may stand for "could not look": then the module is not known to be absent.
    blind = facts.environment is None or "kernel_module" in facts.environment.unread
    if blind or facts.module_version or not facts.no_libcuda or facts.wsl or bound or facts.driver is None:
        return None
    if facts.driver.elsewhere or facts.card_nodes or (facts.cards(AMD) and not cards):
        return None
    known = cards or facts.hardware_absent
    evidence = [
        seen("/proc/driver/nvidia/version", "absent", "the driver's version"),
        seen("dlopen libcuda.so.1", facts.driver.library_error or "fails", "it loads"),
    ]
    if cards:
        evidence.insert(0, seen("NVIDIA GPUs on the PCI bus", ", ".join(one.address for one in cards), "the same"))
    where = "on the host of the container" if facts.container else "on this machine"
    return Match(
        title="An NVIDIA GPU is there, but no driver is installed" if cards else None,
        certainty="certain" if known else "likely",
        evidence=evidence,
        fixes=[admin(f"Install NVIDIA's driver {where} and reboot", _INSTALL)],
    )


@rule(
    "kernel-module-not-loaded",
    gate=6,
    title="The NVIDIA kernel module is not loaded",
    label="NVIDIA module not loaded",
)
def kernel_module_not_loaded(facts: Facts) -> Match | None:
    """Means: the driver's libraries are there, its kernel module is not: usually a kernel update without a rebuilt
    module, or Secure Boot that refuses an unsigned one.

    Seen by: libcuda.so.1 loads and cuInit fails, there is no /proc/driver/nvidia/version, and either a card without a
    driver is on the PCI bus or NVML answers 9 (driver not loaded).

    Fix: load the module; where that fails, build it for the running kernel or sign it.

    Source: NVML API reference, nvmlReturn_t; NVIDIA driver README
    """
    if facts.module_version or facts.wsl or facts.driver is None or facts.driver.library is None:
        return None
    free = [one for one in facts.cards(NVIDIA) if one.driver is None]
    nvml_code = facts.nvml.init_code if facts.nvml else None
    if not facts.driver_fails or not (free or (nvml_code == 9 and not facts.hardware_absent)):
        return None
    where = "on the host: " if facts.container else ""
    return Match(
        evidence=[
            seen("/proc/driver/nvidia/version", "absent", "the driver's version"),
            seen("libcuda.so.1", facts.driver.library, "the same, with its kernel module"),
            seen("nvmlInit_v2", nvml_code, "0"),
        ],
        fixes=[
            admin("Load the kernel module", f"{where}sudo modprobe nvidia && sudo modprobe nvidia_uvm"),
            admin(
                "Where that fails: build it for the running kernel",
                f"{where}sudo dkms autoinstall && sudo modprobe nvidia. With Secure Boot (mokutil --sb-state) enrol "
                "the module's signing key or switch Secure Boot off.",
            ),
        ],
    )


@rule("gpu-hardware-lost", gate=6, title="The GPU has stopped answering", label="GPU lost")
def gpu_hardware_lost(facts: Facts) -> Match | None:
    """Means: the card fell off the bus or broke (Xid 79, ECC errors): the driver no longer reaches it.

    Seen by: NVML answers 15 (GPU is lost), or opening the device file gives EIO or ENODEV.

    Fix: reboot; when it comes back, look for Xid messages, heat, power and the seating of the card.

    Source: NVML API reference, nvmlReturn_t; NVIDIA, Xid Errors
    """
    code = facts.nvml.init_code if facts.nvml else None
    dead = [one for one in facts.card_nodes if one.error in ("EIO", "ENODEV")]
    if facts.driver_works or not (code == 15 or dead):
        return None
    evidence = [seen(f"open {one.path} (O_RDWR)", one.error, "it opens") for one in dead]
    if code == 15:
        evidence.append(seen("nvmlInit_v2", "15 (GPU is lost)", "0"))
    return Match(
        evidence=evidence,
        fixes=[admin("Look for the fault, then reboot", "sudo dmesg | grep -i xid; then sudo reboot")],
    )


@rule(
    "uvm-missing-or-suspend",
    gate=6,
    title="CUDA's kernel module nvidia_uvm is missing or broken",
    label="nvidia_uvm not working",
)
def uvm_missing(facts: Facts) -> Match | None:
    """Means: nvidia-smi works, CUDA does not: the module nvidia_uvm or its device file is missing, or it broke while
    the machine was suspended.

    Seen by: the kernel module is loaded, cuInit answers 999 or 304, and /dev/nvidia-uvm does not open (certain), or
    NVML works all the same (likely: after a suspend).

    Fix: load nvidia_uvm again; in a container, pass /dev/nvidia-uvm too.

    Source: https://github.com/tensorflow/tensorflow/issues/5777; https://github.com/tensorflow/tensorflow/issues/53341
    """
    node = facts.node("/dev/nvidia-uvm")
    absent = node is not None and node.error in ("ENOENT", "ENXIO", "ENODEV")
    if facts.cuinit_code not in (999, 304) or facts.wsl or not (facts.module_version or facts.nvml_works):
        return None
    if not absent and not (facts.nvml_works and (node is None or node.error is None)):
        return None
    fix = (
        admin("Pass the device file to the container", "docker run --gpus all --device /dev/nvidia-uvm ...")
        if facts.container and absent
        else admin("Load the module again", "sudo modprobe -r nvidia_uvm && sudo modprobe nvidia_uvm")
    )
    lasting = admin(
        "Against suspend, for good",
        'echo "options nvidia NVreg_PreserveVideoMemoryAllocations=1" | sudo tee /etc/modprobe.d/nvidia-suspend.conf '
        "&& sudo systemctl enable nvidia-suspend nvidia-resume nvidia-hibernate",
    )
    return Match(
        certainty="certain" if absent else "likely",
        evidence=[
            seen("cuInit(0)", facts.cuinit_code, "0"),
            seen("/dev/nvidia-uvm", (node.error or "opens") if node else "not looked at", "it opens"),
            seen("NVML", "answers" if facts.nvml_works else "does not answer", "answers"),
        ],
        fixes=[fix] if absent else [fix, lasting],
    )


def user_space_version(facts: Facts) -> str | None:
    """Return the version in the name of the loaded libcuda, such as 550.54.14."""
    found = _VERSION.search(facts.driver.library or "") if facts.driver else None
    return found.group(1) if found else None
