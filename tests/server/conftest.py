"""A real Jupyter Server with our extension and its token on, and the kernels and tabs of tests/kernels."""

import pytest

from tests.kernels.conftest import kernels, start, tab, until

__all__ = ["kernels", "start", "tab", "until"]


@pytest.fixture
def jp_server_config():
    """Enable our extension; a handler without an authentication check is an error."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"tfgpu_lab": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        }
    }
