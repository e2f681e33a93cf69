"""Fixtures for every test: a real Jupyter Server."""

pytest_plugins = ["pytest_jupyter.jupyter_server"]
