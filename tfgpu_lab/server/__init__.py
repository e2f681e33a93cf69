"""The only place that knows tornado and Jupyter Server."""
