"""How fixes are written for the environment at hand: its interpreter, its platform, its versions."""

import json
from collections.abc import Iterable

from ..models.action import ActionCall, ActionRequest
from ..models.finding import Fix
from .facts import Facts
from .requirements import requirement
from .tensorflow_facts import AND_CUDA_SINCE, BROKEN_EXTRAS, RECOMMENDED, RELEASES, WHEEL_PYTHONS

LISTS_GPU = "After a restart of the kernel, `tf.config.list_physical_devices('GPU')` lists the GPU."
NVIDIA_SMI = "`nvidia-smi` lists the GPU; after a restart of the kernel TensorFlow does too."
FINDING_GONE = "After a restart of the kernel and another look this finding is gone."
WSL_GUIDE = "https://www.tensorflow.org/install/pip#windows-wsl2"


def command(title: str, text: str, verified_by: str = LISTS_GPU) -> Fix:
    """Return a command for a terminal on the kernel's machine."""
    return Fix(kind="command", title=title, text=text, verified_by=verified_by)


def admin(title: str, text: str, verified_by: str = NVIDIA_SMI) -> Fix:
    """Return something that needs an administrator, or whoever started the machine, container or job."""
    return Fix(kind="admin", title=title, text=text, verified_by=verified_by)


def code(title: str, text: str, verified_by: str) -> Fix:
    """Return code for the notebook."""
    return Fix(kind="code", title=title, text=text, verified_by=verified_by)


def restart(text: str, verified_by: str = LISTS_GPU) -> Fix:
    """Return the restart of the kernel."""
    return Fix(kind="restart-kernel", title="Restart the kernel", text=text, verified_by=verified_by)


def kernel_env(title: str, variables: dict[str, str], verified_by: str = LISTS_GPU) -> Fix:
    """Return the `env` of the kernel's kernel.json; it holds from the next start of the kernel on."""
    return Fix(
        kind="kernel-env",
        title=title,
        text=f'"env": {json.dumps(variables)}',
        verified_by=verified_by,
        action=ActionCall(action="create-kernelspec", request=ActionRequest(variables=variables)),
    )


def pip_install(
    facts: Facts, title: str, requirements: Iterable[str], options: str = "", verified_by: str = LISTS_GPU
) -> Fix:
    """Return the pip line for the kernel's own interpreter."""
    quoted = " ".join(f'"{one}"' for one in requirements)
    text = f"{facts.python} -m pip install {options}{quoted}"
    return command(f"{title}, then restart the kernel", text, verified_by)


def with_folder(facts: Facts, folder: str) -> dict[str, str]:
    """Return LD_LIBRARY_PATH as it was at the kernel's start with one folder before it."""
    before = facts.at_start("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": f"{folder}:{before}" if before else folder}


def pinned(facts: Facts, wheel: str) -> str:
    """Return a wheel with the versions that the installed TensorFlow asks for."""
    known = facts.tensorflow.and_cuda_requires if facts.tensorflow else []
    asked = (requirement(line) for line in known)
    return next((str(one) for one in asked if one and one.name == wheel), wheel)


def cuda_extra(facts: Facts) -> list[Fix]:
    """Return how to add CUDA's libraries to the TensorFlow that is installed, without a release known to be broken."""
    built = facts.tensorflow
    if built is None or built.version is None:
        return gpu_tensorflow(facts)
    name = built.distribution if built.distribution in ("tensorflow", "tf-nightly") else "tensorflow"
    version = BROKEN_EXTRAS.get(built.version, built.version)
    if (facts.version or AND_CUDA_SINCE)[:2] < AND_CUDA_SINCE:
        return gpu_tensorflow(facts)
    title = f"Install CUDA's libraries with TensorFlow {version}"
    if version != built.version:
        title += f" ({built.version} does not find all of its own)"
    return [pip_install(facts, title, [f"{name}[and-cuda]=={version}"])]


def gpu_tensorflow(facts: Facts, uninstall: Iterable[str] = ()) -> list[Fix]:
    """Return how this interpreter, or a neighbour where it cannot, gets a TensorFlow with GPU support."""
    if facts.platform == "win32":
        return windows_ways()
    if facts.platform == "darwin":
        return metal(facts)
    if facts.machine == "aarch64":
        return nvidia_builds()
    wanted = f'"tensorflow[and-cuda]=={RECOMMENDED}"'
    oldest, newest = WHEEL_PYTHONS
    python = facts.python_release
    if python and not oldest <= python[:2] <= newest:
        return [other_python(facts, wanted)]
    gone = " ".join(uninstall)
    first = f"{facts.python} -m pip uninstall -y {gone} && " if gone else ""
    return [
        command(
            f"Install TensorFlow {RECOMMENDED} with CUDA's libraries, then restart the kernel",
            f"{first}{facts.python} -m pip install {'--no-cache-dir ' if gone else ''}{wanted}",
        )
    ]


def other_python(facts: Facts, requirements: str) -> Fix:
    """Return the commands for a kernel of its own with a Python that TensorFlow has wheels for."""
    newest = ".".join(str(number) for number in WHEEL_PYTHONS[1])
    conda = facts.environment is not None and facts.environment.interpreter.manager == "conda"
    make = f"conda create -y -p ~/tf-gpu python={newest}" if conda else f"python{newest} -m venv ~/tf-gpu"
    return command(
        f"Make a kernel with Python {newest} and choose it for the notebook",
        f"{make} && ~/tf-gpu/bin/python -m pip install ipykernel {requirements} && "
        '~/tf-gpu/bin/python -m ipykernel install --user --name tf-gpu --display-name "TensorFlow GPU"',
        "The kernel `TensorFlow GPU` can be chosen, and in it `import tensorflow` works.",
    )


def nvidia_builds() -> list[Fix]:
    """Return NVIDIA's own builds for 64-bit ARM: PyPI has none with CUDA."""
    return [
        admin(
            "Use NVIDIA's build of TensorFlow for ARM",
            "Run Jupyter in NVIDIA's container nvcr.io/nvidia/tensorflow:<yy.mm>-tf2-py3 (newest tag at "
            "https://catalog.ngc.nvidia.com/orgs/nvidia/containers/tensorflow), or on a Jetson install the wheel of "
            "NVIDIA's JetPack index for your JetPack release.",
            "`tf.test.is_built_with_cuda()` is True.",
        )
    ]


def windows_ways() -> list[Fix]:
    """Return the ways to a GPU from Windows."""
    return [
        admin(
            "Run Jupyter inside WSL2",
            "In an administrator's PowerShell: wsl --install. Then in the Linux shell of WSL2: "
            "python3 -m venv ~/tf-gpu && ~/tf-gpu/bin/python -m pip install jupyterlab "
            f'"tensorflow[and-cuda]=={RECOMMENDED}" && ~/tf-gpu/bin/jupyter lab. Guide: {WSL_GUIDE}',
            "In the Linux shell of WSL2 `nvidia-smi` lists the GPU, and so does TensorFlow in a notebook there.",
        ),
        code(
            "Compute with Keras on PyTorch, which uses the GPU on Windows (first cell, after a restart)",
            "# Needs PyTorch with CUDA: https://pytorch.org/get-started/locally/\n"
            'import os\nos.environ["KERAS_BACKEND"] = "torch"\nimport keras',
            "`keras.config.backend()` is 'torch' and `torch.cuda.is_available()` is True.",
        ),
    ]


def metal(facts: Facts) -> list[Fix]:
    """Return TensorFlow with Apple's plugin, which exists for Apple silicon only."""
    if facts.machine != "aarch64":
        return []
    wanted = '"tensorflow==2.17.*" "tensorflow-metal==1.1.0"'
    python = facts.python_release
    oldest, newest = RELEASES[2, 17].python
    if python and not oldest <= python[:2] <= newest:
        newest_word = ".".join(str(number) for number in newest)
        return [
            command(
                f"Make a kernel with Python {newest_word}, TensorFlow 2.17 and Apple's plugin",
                f"python{newest_word} -m venv ~/tf-metal && ~/tf-metal/bin/python -m pip install ipykernel {wanted} && "
                '~/tf-metal/bin/python -m ipykernel install --user --name tf-metal --display-name "TensorFlow Metal"',
                "In the kernel `TensorFlow Metal` TensorFlow lists a GPU.",
            )
        ]
    return [
        command(
            "Install TensorFlow 2.17 with Apple's plugin, then restart the kernel",
            f"{facts.python} -m pip install {wanted}",
        )
    ]
