"""The GPU side: the only place that knows pynvml."""
