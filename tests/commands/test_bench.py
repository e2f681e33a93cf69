"""`tfgpu-lab bench`: its table and JSON, its progress on stderr, its past, and how Ctrl-C ends it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmark import light
from tests.benchmark.test_figures import CPU, DEVICE, FIGURE, taken
from tests.benchmark.test_guest_process import ends, guests
from tests.benchmark.test_watch import look
from tests.test_gpu_acceptance import job
from tfgpu_lab.cli import main
from tfgpu_lab.commands.bars import bars
from tfgpu_lab.commands.export import csv_text, markdown_text
from tfgpu_lab.commands.figures import figures_page

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "tfgpu_lab", "bench"]


def bench(*arguments, data):
    """Run it where TensorFlow is a light one of numpy: what the command says is the subject, not the measurement."""
    env = {**os.environ, **light.variables(data / "packages"), "JUPYTER_DATA_DIR": str(data)}
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=env, timeout=150)
    return done.returncode, done.stdout, done.stderr


def test_measures_says_how_far_it_is_and_compares_with_the_last_time(tmp_path):
    small = ("--device", "CPU:0", "--dtype", "float32", "--size", "64")
    status, out, err = bench(*small, "--json", data=tmp_path)
    assert status == 1  # the CPU
    first = json.loads(out)["result"]["throughputs"][0]
    assert first["result_device"].endswith("CPU:0")
    assert "Importing TensorFlow" in err
    assert "s left at most" in err
    status, out, _ = bench(*small, "--size", "128", data=tmp_path)
    assert out.startswith("device  dtype     mode        size   TFLOP/s")
    assert "CPU:0   float32   function      64" in out
    assert "CPU:0 float32 function: TFLOP/s by size\n    64 #" in out
    # The second of two runs of this machine may be slower by more than its spread; either way the past is said.
    assert " TFLOP/s on " in out or " slower with float32 than today at " in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--device", "TPU:0"), "`device` must be CPU:0"),
        (("--dtype", "float3"), "Invalid enum value 'float3'"),
        (("--sweep", "--size", "64"), "`sweep` chooses the sizes itself"),
        (("--mode", "fast"), "Invalid enum value 'fast'"),
        (("--csv", "--json"), "not allowed with argument"),
        (("--python", "/no/such"), "There is no interpreter at /no/such."),
    ],
)
def test_what_cannot_be_is_a_bad_argument(capsys, monkeypatch, tmp_path, arguments, said):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    try:
        status = main(["bench", *arguments])
    except SystemExit as ended:  # argparse
        status = ended.code
    out, err = capsys.readouterr()
    assert (status, out) == (3, "")
    assert said in err


def test_ctrl_c_ends_it_and_its_processes(tmp_path):
    env = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    # A shell's background jobs ignore Ctrl-C, and so would this process if the tests run in one.
    command = ["env", "--default-signal=INT", *COMMAND]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        line = ""
        while "Importing TensorFlow" not in line:
            line = process.stderr.readline()
            assert line
        (leader,) = guests(process.pid)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 2
        assert "Interrupted." in process.stderr.read()
        assert time.monotonic() - begin < 20
    assert ends(leader)


def test_a_sweep_is_drawn_with_the_peak_as_a_line():
    rates = {2048: 330.0, 512: 20.0, 8192: 660.0}
    sweep = [FIGURE | {"size": size, "throughput_tflops": rate, "chosen": False} for size, rate in rates.items()]
    fallen = [one | {"dtype": "int8", "flags": ["fell-back"]} for one in sweep]
    drawn = bars(taken(DEVICE, *sweep, *fallen).throughputs)
    assert drawn == [
        "",
        "GPU:0 float16 function: TFLOP/s by size, the line is the peak of 989",
        f"   512 {'#':48}| 20",
        f"  2048 {'#' * 16:48}| 330",
        f"  8192 {'#' * 32:48}| 660",
    ]
    above = bars(taken(DEVICE, *(one | {"throughput_tflops": 1978.0} for one in sweep)).throughputs)
    assert above[2] == f"  512 {'#' * 24}|{'#' * 23}  1978".replace("  512", "   512")
    assert bars(taken(DEVICE, FIGURE).throughputs) == []


def test_figures_as_csv_and_markdown_are_what_the_panel_copies():
    measured = taken({"event": "device", "device": "CPU:0"}, CPU, DEVICE, FIGURE, looks=[look(1e9)])
    result = measured.result()
    head, cpu, on_gpu = csv_text(result).splitlines()
    panel = (ROOT / "src" / "components" / "benchmarkText.ts").read_text()
    assert head.split(",") == re.findall(r"^  \['(\w+)', figure", panel, re.MULTILINE)
    assert on_gpu.startswith("GPU:0,NVIDIA H100 80GB HBM3,float16,function,8192,700.0,690.0,705.0,710.0,20,989.0,0.7")
    assert on_gpu.endswith(",1400.0,1900.0,300.0,,/job:localhost/replica:0/task:0/device:GPU:0")
    assert ",,,,,," in cpu  # what is not known is empty
    table = markdown_text(job(measured, created_s=1.7e9), result).splitlines()
    assert table[0] in panel
    assert table[1] == "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    assert table[3] == "| GPU:0 | float16 | function | 8192 | 700 | 690 to 705 | 71 % | 1400 |  |"
    assert table[5] == (
        "Measured with TFGPU Lab on 2023-11-14; TensorFlow 2.21.0; Python 3.11.7; A processor (8 threads); "
        "NVIDIA H100 80GB HBM3; driver 550.54.14."
    )


def test_the_page_says_all_that_is_to_know():
    flagged = FIGURE | {"dtype": "tf32", "flags": ["tf32"], "throughput_tflops": 400.0}
    fallen = FIGURE | {"dtype": "int8", "flags": ["fell-back"], "result_device": "/device:CPU:0"}
    lines = [
        {"event": "device", "device": "CPU:0"},
        CPU,
        DEVICE,
        FIGURE,
        flagged,
        fallen,
        {"event": "skip", "device": "GPU:0", "dtype": "float8", "reason": "No."},
        {"event": "bandwidth", "device": "GPU:0", "gbps": 3000.0},
        {"event": "copy", "device": "GPU:0", "host_to_device_gbps": 25.0, "device_to_host_gbps": 21.0},
    ]
    page = figures_page(job(taken(*lines, looks=[look(1e9, throttle_reasons=["power limit"])])))
    assert "GPU:0   float16   function    8192       700      690      705      71%  1400.0" in page
    assert "(tf32, throttled)" in page
    assert "GPU:0 float16: The GPU held its clocks back: power limit." in page
    assert "GPU:0 int8: It was asked of GPU:0 and computed by the CPU: no GPU figure." in page
    assert "Left out: GPU:0 float8: No." in page
    assert "GPU:0: 3000.0 GB/s of its memory" in page
    assert "GPU:0: 25.0 GB/s from the host, 21.0 GB/s back" in page
    assert page.endswith("TensorFlow 2.21.0, Python 3.11.7, A processor, 8 threads, driver 550.54.14")
