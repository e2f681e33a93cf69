"""The page of `tfgpu-lab bench`: a table of the figures, and what to know about them."""

from datetime import datetime

from ..models.benchmark import BenchmarkJob, BenchmarkResult, Throughput
from .bars import bars

FLAGS = {
    "throttled": "The GPU held its clocks back: {reasons}.",
    "busy-gpu": "The GPU was already busy before this benchmark used it.",
    "above-peak": "It is faster than the published peak: do not trust it.",
    "fell-back": "It was asked of {device} and computed by the CPU: no GPU figure.",
}


def figures_page(job: BenchmarkJob) -> str:
    """Return what `bench` prints for a job that is done."""
    result = job.result
    assert result is not None
    head = f"{'device':7} {'dtype':9} {'mode':9} {'size':>6} {'TFLOP/s':>9} {'p10':>8} {'p90':>8}"
    lines = [f"{head} {'of peak':>8} {'x CPU':>7}  computed on"]
    lines += [_row(one) for one in result.throughputs]
    lines += bars(result.throughputs)
    lines += _rates(result)
    lines += [f"Left out: {one.device} {one.dtype}: {one.reason}" for one in result.skipped]
    lines += dict.fromkeys(note for one in result.throughputs for note in _notes(one))
    lines += result.notes
    told = result.conditions
    versions = f"TensorFlow {told.tensorflow}, Python {told.python}, {told.cpu}, {told.threads} threads"
    return "\n".join([*lines, versions + (f", driver {told.driver_version}" if told.driver_version else "")])


def _row(one: Throughput) -> str:
    peak = f"{one.fraction_of_peak:.0%}" if one.fraction_of_peak is not None else "-"
    cpu = f"{one.speedup_over_cpu:.1f}" if one.speedup_over_cpu is not None else "-"
    figures = f"{one.throughput_tflops:>9.4g} {one.p10:>8.4g} {one.p90:>8.4g} {peak:>8} {cpu:>7}"
    flags = f"  ({', '.join(one.flags)})" if one.flags else ""
    return f"{one.device:7} {one.dtype:9} {one.mode:9} {one.size:>6} {figures}  {one.result_device}{flags}"


def _rates(result: BenchmarkResult) -> list[str]:
    lines = [f"{one.device}: {one.gbps:.1f} GB/s of its memory" for one in result.memory]
    return lines + [
        f"{one.device}: {one.host_to_device_gbps:.1f} GB/s from the host, {one.device_to_host_gbps:.1f} GB/s back"
        for one in result.copies
    ]


def _notes(one: Throughput) -> list[str]:
    reasons = ", ".join(one.circumstances.throttle_reasons) if one.circumstances else ""
    words = [FLAGS[flag].format(device=one.device, reasons=reasons) for flag in one.flags if flag in FLAGS]
    notes = [f"{one.device} {one.dtype}: {word}" for word in words]
    if one.circumstances and one.circumstances.holders:
        notes.append(f"{one.device}: {one.circumstances.holders}")
    if one.before is not None:
        then = datetime.fromtimestamp(one.before.at_s)
        was = f"{one.before.throughput_tflops:.4g} TFLOP/s on {then.day} {then:%B %Y at %H:%M}"
        notes.append(one.before.regression or f"{one.device} {one.dtype} was {was}.")
    return notes
