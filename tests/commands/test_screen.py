"""The page of `tfgpu-lab watch`. Nothing here was measured."""

import msgspec

from tests.kernels.gpus import MIB, OK, gpu
from tfgpu_lab.commands.screen import screen
from tfgpu_lab.models.gpu import Gpus, GpuSample, Hardware, Sample
from tfgpu_lab.models.kernel import KernelRow
from tfgpu_lab.models.process import GpuProcess, GpuProcesses

GIB = 1024 * MIB


def gpus(*devices, error=None, **sample):
    values = {"memory_used_bytes": 5 * GIB, "utilization_percent": 73, "temperature_c": 61, "power_w": 301.4}
    readings = [
        GpuSample(uuid=one.uuid, clock_sm_mhz=None, absent={}, **{**values, **sample})
        for one in devices
    ]  # fmt: skip
    return Gpus(
        driver=OK,
        hardware=Hardware(controllers=[], unreadable=None),
        devices=list(devices),
        samples=[Sample(seq=1, at_s=1.0, gpus=readings)] if devices else [],
        seq=1,
        interval_s=2.0,
        error=error,
    )


def big(index):
    return msgspec.structs.replace(gpu(index, "NVIDIA Simulated"), memory_total_bytes=80 * GIB)


def process(pid, owner="kernel", path=None, memory=GIB):
    return GpuProcess(
        pid=pid,
        owner=owner,
        kernel_id=path and "k",
        kernel_name=path and "python3",
        path=path,
        process_name="python3",
        mig_uuid=None,
        memory_used_bytes=memory,
    )


def on(device, *processes, others=0, memory=0):
    return GpuProcesses(
        uuid=device.uuid,
        at_s=1.0,
        processes=list(processes),
        others=others,
        others_memory_used_bytes=memory,
        absent=None,
    )


def row(path="a.ipynb", verdict="gpu", memory=None, reason="Because."):
    return KernelRow(
        kernel_id="k", name="python3", path=path, verdict=verdict, reason=reason, gpu_memory_used_bytes=memory
    )


def page(*arguments, width=200):
    return screen(*arguments, width).splitlines()


def test_a_gpu_its_holders_and_the_kernels():
    device = big(0)
    lines = page(
        gpus(device, throttle_reasons=["power limit"]),
        [on(device, process(1, path="train.ipynb", memory=4 * GIB), process(2, "user"), others=2, memory=None)],
        [row("train.ipynb", memory=4 * GIB), row("b.ipynb", "cpu-fallback", reason="No driver.")],
        [],
    )
    assert lines == [
        "NVIDIA driver 550.54.14, CUDA up to 12.4",
        "",
        "GPU 0  NVIDIA Simulated",
        "  memory 5.0 GiB of 80.0 GiB  in use 73 %  61 °C  301 W  slowed by power limit",
        "      4.0 GiB  train.ipynb",
        "      1.0 GiB  python3 (pid 2)",
        "     not told  2 processes of others",
        "",
        "Kernels",
        "  + train.ipynb  gpu           4.0 GiB  Because.",
        "  ! b.ipynb      cpu-fallback  No driver.",
    ]


def test_what_two_servers_tell_of_one_process_is_said_once_by_its_notebook():
    device = big(0)
    told = [on(device, process(1, "user"), others=1), on(device, process(1, path="train.ipynb"), others=1)]
    for order in (told, told[::-1]):
        text = "\n".join(page(gpus(device), order, [], []))
        assert "train.ipynb" in text
        assert "pid 1" not in text
        assert text.count("1 process of others") == 1


def test_a_value_that_is_absent_is_not_nought_and_a_gpu_that_fails_has_its_sentence():
    lost = msgspec.structs.replace(big(1), state="lost", problem="It has fallen off the bus.")
    empty = dict.fromkeys(("memory_used_bytes", "utilization_percent", "temperature_c", "power_w"))
    lines = page(gpus(big(0), lost, **empty), [], [], ["The server asks for a password."])
    assert "  memory: not told" in lines
    assert "  It has fallen off the bus." in lines
    assert lines[-1] == "  The server asks for a password."


def test_no_gpu_is_said_with_its_reason_and_no_line_is_too_long():
    lines = page(gpus(error="This machine has no NVIDIA GPU: none is on its PCI bus."), [], [], [], width=30)
    assert "This machine has no NVIDIA GP…" in lines
    assert max(map(len, lines)) == 30
