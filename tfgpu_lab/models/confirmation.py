"""What TensorFlow itself says when it is imported in a fresh process (by guest/import_tf)."""

from msgspec import Struct


class ConfirmedGpu(Struct, frozen=True, kw_only=True):
    """A GPU that TensorFlow lists; no context is made and no memory taken to read this."""

    name: str
    """TensorFlow's name, such as `/physical_device:GPU:0`."""
    device_name: str | None
    """The product's name; null when TensorFlow does not tell."""
    compute_capability: str | None
    """Such as `9.0`; null for GPUs that are not NVIDIA's."""


class Confirmation(Struct, frozen=True, kw_only=True):
    """The answer of a TensorFlow imported for the purpose, with the kernel's interpreter and environment."""

    gpus: list[ConfirmedGpu] | None
    """The GPUs it lists; null when it gave no answer."""
    failure: str | None
    """Why it gave no answer, one sentence; null when it answered."""
    tensorflow_version: str | None
    """Version of the TensorFlow that was imported; null when it gave no answer."""
    agrees: bool | None = None
    """Whether the facts had foreseen this answer; null when they foresaw nothing, or there is no answer."""
    missing_libraries: list[str] = []
    """Libraries that its log names as missing, such as `libcudnn.so.9`."""
    log: str = ""
    """The last part of what it wrote, with the messages that TensorFlow hides otherwise."""
    at_s: float = 0.0
    """When it answered, in seconds since the epoch."""
    duration_s: float = 0.0
    """How long the process ran, in seconds."""
