"""What is said of one kernel: its verdict, and everything the verdict rests on."""

from typing import Literal

from msgspec import Struct

from .confirmation import Confirmation
from .environment import Environment
from .execution import Execution
from .finding import Finding
from .live import LiveReport, Mapped
from .process import KernelBinding

Verdict = Literal["gpu", "gpu-ready", "cpu-fallback", "cpu-only", "not-loaded", "no-tensorflow", "unknown"]
Basis = Literal["observed", "forecast"]


class Judgement(Struct, frozen=True, kw_only=True):
    """The answer in one word, one label and one sentence."""

    verdict: Verdict
    """The word; the contract's table says what each means."""
    basis: Basis
    """`observed`: read from the running kernel. `forecast`: concluded from its environment."""
    label: str
    """A few words for the status bar, such as `CPU: no NVIDIA GPU`; empty when there is nothing to say."""
    reason: str
    """One plain sentence: what happens and why."""
    forecast: Verdict | None
    """What `import tensorflow` would lead to; null unless the verdict is `not-loaded`."""


class KernelRow(Struct, frozen=True, kw_only=True):
    """One running kernel, in a list."""

    kernel_id: str
    """Jupyter Server's id of the kernel."""
    name: str
    """Name of its kernelspec."""
    path: str | None
    """Path of the notebook or console it belongs to, relative to the server's root; null when no session names it."""
    verdict: Verdict
    """Last verdict; `unknown` when the kernel has not been looked at."""
    reason: str
    """One sentence."""
    gpu_memory_used_bytes: int | None
    """GPU memory its processes hold, in bytes; null when it cannot be told."""


class Kernels(Struct, frozen=True, kw_only=True):
    """Answer of `GET kernels`."""

    kernels: list[KernelRow]
    """All kernels of this server, in the order in which it lists them."""


class KernelReport(Struct, frozen=True, kw_only=True):
    """Answer of `GET kernels/{id}`."""

    kernel_id: str
    """Jupyter Server's id of the kernel."""
    name: str
    """Name of its kernelspec."""
    display_name: str
    """The kernelspec's name for people."""
    path: str | None
    """Path of the notebook or console it belongs to; null when no session names it."""
    execution_state: str
    """Jupyter Server's word for it: `starting`, `idle`, `busy`, `restarting`, `dead`, `unknown`."""
    at_s: float
    """When this was read, in seconds since the epoch."""
    verdict: Verdict
    """The word; the contract's table says what each means."""
    basis: Basis
    """`observed`: read from the running kernel. `forecast`: concluded from its environment."""
    label: str
    """A few words for the status bar; empty when there is nothing to say."""
    reason: str
    """One plain sentence: what happens and why."""
    forecast: Verdict | None
    """What `import tensorflow` would lead to; null unless the verdict is `not-loaded`."""
    findings: list[Finding]
    """The causes, worst and earliest gate first."""
    live: LiveReport | None
    """The agent's report; null when the kernel could not be asked."""
    live_unavailable: str | None
    """Why `live` is null, one sentence."""
    environment: Environment | None
    """The static probe's report; null when it could not be made."""
    environment_unavailable: str | None
    """Why `environment` is null, one sentence."""
    binding: KernelBinding | None = None
    """The GPUs it holds, of the sampler's last sweep; null when this report was made without looking."""
    mapped: Mapped | None = None
    """The libraries that its process has loaded; null with `mapped_unavailable`."""
    mapped_unavailable: str | None = None
    """Why `mapped` is null, one sentence."""
    confirmation: Confirmation | None = None
    """What TensorFlow said in a fresh process; null unless it was asked for since the kernel's environment changed."""
    last_execution: Execution | None = None
    """What the last cell did with the GPU; null when none has begun since somebody watches this kernel."""


class ProbeRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"import_": "import"}):
    """Body of `POST kernels/{id}/probe`."""

    import_: bool = False
    """Whether to import TensorFlow in a fresh process as well and let it list its GPUs; takes seconds."""


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every error answer."""

    message: str
    """One sentence for the user."""
    reason: str
    """A stable word for programs, such as `bad-request`, `not-found`, `conflict`."""
    field: str | None = None
    """The field of the request that is wrong."""
