"""A sweep as bars in the terminal: size against TFLOP/s for each element type, with the peak as a line."""

from collections.abc import Sequence

from ..models.benchmark import Throughput

WIDTH = 48


def bars(figures: Sequence[Throughput]) -> list[str]:
    """Return the lines, none where nothing was measured at several sizes; what fell back is no figure of its device."""
    series: dict[tuple[str, str, str], list[Throughput]] = {}
    for one in figures:
        if "fell-back" not in one.flags:
            series.setdefault((one.device, one.dtype, one.mode), []).append(one)
    lines: list[str] = []
    for (device, dtype, mode), own in series.items():
        if len({one.size for one in own}) > 1:
            peak = own[0].peak_tflops
            said = "" if peak is None else f", the line is the peak of {peak:.4g}"
            lines += ["", f"{device} {dtype} {mode}: TFLOP/s by size{said}"]
            lines += _chart(sorted(own, key=lambda one: one.size), peak)
    return lines


def _chart(figures: Sequence[Throughput], peak: float | None) -> list[str]:
    top = max([one.throughput_tflops for one in figures] + ([] if peak is None else [peak]))
    line = None if peak is None else round(WIDTH * peak / top)
    lines = []
    for one in figures:
        bar = f"{'#' * max(1, round(WIDTH * one.throughput_tflops / top)):{WIDTH + 1}}"
        if line is not None:
            bar = bar[:line] + "|" + bar[line + 1 :]
        lines.append(f"{one.size:>6} {bar} {one.throughput_tflops:.4g}")
    return lines
