"""What TensorFlow means by the exception with which it could not start a GPU, and what to do about it."""

import re

_FRAME = re.compile(r"^(?:Bad StatusOr access: )?(?:[A-Z_]+: )?(?:CUDA error: )?(?:: )?")
"""What absl and TensorFlow put before CUDA's own words: it says nothing to anybody who looks for the cause."""

_KNOWN: list[tuple[str, str, str]] = [
    (
        "CUDA_ERROR_OUT_OF_MEMORY",
        "the GPU had no free memory for it",
        "Free memory of the GPU (its card shows who holds it), then restart the kernel",
    ),
    (
        "CUDA_ERROR_DEVICE_UNAVAILABLE",
        "the GPU was busy, or lets no further process in",
        "Shut down what else uses the GPU, then restart the kernel",
    ),
]
"""A word of the message, what it means, and what to do first."""


def meaning(said: str) -> str:
    """Return the message as the end of a sentence: in plain words where it is known, else without what frames it."""
    known = next((clause for word, clause, _ in _KNOWN if word in said), None)
    return known or _FRAME.sub("", said).rstrip(". ") or "it does not say why"


def next_step(said: str) -> str:
    """Return what to do, as the beginning of a sentence that goes on with why."""
    known = next((step for word, _, step in _KNOWN if word in said), None)
    return known or "Mend what the message names (it stands in the evidence), then restart the kernel"
