"""What tests of the GPU side share."""

from tests.kernels.conftest import until

__all__ = ["until"]
