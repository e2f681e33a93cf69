"""Fixtures for every test: a real Jupyter Server with our extension and its token on."""

import pytest

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def jp_server_config():
    """Enable our extension; a handler without an authentication check is an error."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"tfgpu_lab": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        }
    }
