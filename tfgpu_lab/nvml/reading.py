"""Reading values one by one: what cannot be read is absent, with the reason in a sentence."""

from collections.abc import Callable
from typing import TypeVar

import pynvml

T = TypeVar("T")

LOST = "The driver no longer reaches this GPU (it has fallen off the bus): reset it, or restart the machine."
_SENTENCES = {
    pynvml.NVML_ERROR_NOT_SUPPORTED: "This GPU or its driver does not tell it.",
    pynvml.NVML_ERROR_NO_PERMISSION: "This user may not read it.",
    pynvml.NVML_ERROR_TIMEOUT: "The driver gave up waiting for the GPU.",
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND: "The driver is too old to tell it.",
    pynvml.NVML_ERROR_GPU_IS_LOST: LOST,
    pynvml.NVML_ERROR_RESET_REQUIRED: "The GPU must be reset before it can be used again.",
}
# Function not found, version of a structure not known, deprecated: older bindings have no name for the last.
_NOT_IN_THIS_DRIVER = {13, 25, 26}


class Fields:
    """Reads the values of one GPU and keeps the reasons of those that are absent.

    After the first answer "GPU is lost" nothing more is asked: each question to a lost GPU may take long.
    """

    def __init__(self) -> None:
        self.absent: dict[str, str] = {}
        self.lost = False

    def get(self, name: str, call: Callable[[], T]) -> T | None:
        """Return what `call` reads, or None and keep the reason under `name`; raises nothing."""
        if self.lost:
            self.absent[name] = LOST
            return None
        try:
            return call()
        except pynvml.NVMLError as error:
            self.lost = error.value == pynvml.NVML_ERROR_GPU_IS_LOST
            self.absent[name] = sentence(error)
            return None
        except Exception as error:  # noqa: BLE001 - pynvml breaks on some answers: one value must not cost all
            self.absent[name] = broken(error)
            return None


def first(*calls: Callable[[], T]) -> T:
    """Return what the first of `calls` reads whose function this driver has. Raises NVMLError."""
    for call in calls[:-1]:
        try:
            return call()
        except pynvml.NVMLError as error:  # noqa: PERF203 - two calls at most
            if error.value not in _NOT_IN_THIS_DRIVER:
                raise
    return calls[-1]()


def sentence(error: pynvml.NVMLError) -> str:
    """Return NVML's error as one sentence for the user."""
    return _SENTENCES.get(int(error.value)) or f"NVML says: {str(error).rstrip('.')}."


def broken(error: Exception) -> str:
    """Return an error of the binding itself as one sentence for the user."""
    return f"NVIDIA's Python binding cannot read it: {type(error).__name__}."


def text(value: str | bytes) -> str:
    """Return NVML's text, which older bindings hand over as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
