"""Figures of a benchmark as text for elsewhere: Markdown and CSV, the same as the panel copies."""

import csv
import io
from datetime import datetime, timezone

from ..models.benchmark import BenchmarkJob, BenchmarkResult, Throughput

COLUMNS = (
    "device",
    "device_name",
    "dtype",
    "mode",
    "size",
    "tflops_median",
    "tflops_p10",
    "tflops_p90",
    "tflops_max",
    "repetitions",
    "peak_tflops",
    "fraction_of_peak",
    "speedup_over_cpu",
    "clock_sm_mhz",
    "power_w",
    "flags",
    "result_device",
)
HEAD = "| device | dtype | mode | size | TFLOP/s | p10 to p90 | of peak | x CPU | flags |"


def csv_text(result: BenchmarkResult) -> str:
    """Return all that was measured as a table with a head; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if value is None else value for value in _values(one)] for one in result.throughputs)
    return text.getvalue()


def markdown_text(job: BenchmarkJob, result: BenchmarkResult) -> str:
    """Return a table for an issue or a chat, with what must be known to trust it."""
    told = result.conditions
    day = datetime.fromtimestamp(job.created_s, timezone.utc).date().isoformat()
    conditions = [
        f"Measured with TFGPU Lab on {day}",
        f"TensorFlow {told.tensorflow}",
        f"Python {told.python}",
        f"{told.cpu} ({told.threads} threads)",
        *told.gpus,
        *([f"driver {told.driver_version}"] if told.driver_version else []),
    ]
    rule = "|" + " --- |" * (HEAD.count("|") - 1)
    table = "\n".join([HEAD, rule, *(_row(one) for one in result.throughputs)])
    return (
        "\n\n".join([table, "; ".join(conditions) + ".", *(f"- {note}" for note in dict.fromkeys(result.notes))]) + "\n"
    )


def _values(one: Throughput) -> tuple[object, ...]:
    seen = one.circumstances
    return (
        *(one.device, one.device_name, one.dtype, one.mode, one.size),
        *(one.throughput_tflops, one.p10, one.p90, one.max, one.repetitions),
        *(one.peak_tflops, one.fraction_of_peak, one.speedup_over_cpu),
        *(seen and seen.clock_sm_mhz, seen and seen.power_w, " ".join(one.flags), one.result_device),
    )


def _row(one: Throughput) -> str:
    peak = "" if one.fraction_of_peak is None else f"{one.fraction_of_peak:.0%}".replace("%", " %")
    cpu = "" if one.speedup_over_cpu is None else _tflops(one.speedup_over_cpu)
    spread = f"{_tflops(one.p10)} to {_tflops(one.p90)}"
    cells = [one.device, one.dtype, one.mode, one.size, _tflops(one.throughput_tflops), spread, peak, cpu]
    return "| " + " | ".join(map(str, [*cells, ", ".join(one.flags)])) + " |"


def _tflops(value: float) -> str:
    """Three significant digits: 0.412, 4.13, 41.3, 989."""
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"
