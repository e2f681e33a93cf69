"""What tests of the benchmark share."""

import os

import pytest


@pytest.fixture(autouse=True)
def _own_environment():
    """Undo what a guest sets for its process: some tests run its text in this one."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
