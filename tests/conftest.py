"""Fixtures for every test: a real Jupyter Server, and a simulated NVIDIA driver."""

import pytest

from tests import scenario

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture(scope="session")
def nvml_library(tmp_path_factory):
    """The simulated libnvidia-ml.so.1."""
    return scenario.build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def nvml(nvml_library, tmp_path):
    """The simulated driver in this process, of one GPU at first; a Scenario."""
    with scenario.simulated(nvml_library, tmp_path) as it:
        yield it
