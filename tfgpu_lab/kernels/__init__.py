"""The Jupyter side: kernels, their processes, interpreters and agents."""
