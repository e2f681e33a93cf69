"""Jobs that measure throughput in a kernel's environment."""
