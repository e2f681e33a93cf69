"""The kernels and tabs of tests/kernels, for the tests over HTTP."""

from tests.kernels.conftest import kernels, start, tab, until

__all__ = ["kernels", "start", "tab", "until"]
