"""A value that cannot be read is absent with its reason, whichever it is and however it fails; the others are read."""

import ctypes

import pynvml
import pytest

from tests import scenario
from tfgpu_lab.nvml.driver import NvmlDriver
from tfgpu_lab.nvml.work import read_work

MIB = 1 << 20
UPDATE = "535.104"


@pytest.fixture
def driver(nvml):
    """The door; closed after the test."""
    it = NvmlDriver()
    yield it
    it.close()


def asked(nvml, driver):
    """Every function that a thorough sweep of a machine with a whole and a split GPU asks about a GPU."""
    nvml.say("gpus 2", "mig 1 2 10240", "process 0 10 100", "process 1 11 100 0")
    driver.sweep()
    return [name for name in nvml.calls() if name.startswith("nvmlDeviceGet")]


def test_any_function_that_fails_on_one_gpu_leaves_the_other_alone(nvml, driver):
    functions = asked(nvml, driver)
    assert len(functions) > 20
    for function in functions:
        if function == "nvmlDeviceGetCount_v2":
            continue
        for code in (scenario.NO_PERMISSION, scenario.TIMEOUT):
            nvml.say("gpus 2", "mig 1 2 10240", f"error {function} {code} 1")
            driver.close()
            sweep = driver.sweep()
            whole, split = sweep.devices
            assert (whole.state, whole.absent, sweep.samples[0].absent, sweep.listed[0].absent) == ("ok", {}, {}, None)
            values = [split, sweep.samples[1], *split.mig, *sweep.samples[1].mig]
            reasons = [why for one in values for why in one.absent.values()]
            reasons += [split.problem, sweep.listed[1].absent]
            expected = {4: "This user may not read it.", 10: "The driver gave up waiting for the GPU."}[code]
            assert expected in reasons or sweep.samples[1].memory_used_bytes is not None, function
            for one in values:  # absent is null with a reason, and a reason is of something absent
                nulls = {name for name in one.__struct_fields__ if getattr(one, name) in (None, [])}
                ours = nulls - {"problem", "stalled_since_s", "mig", "throttle_reasons"}
                assert ours <= one.absent.keys(), (function, ours)
                assert one.absent.keys() - {"name"} <= nulls, (function, one)  # a name has a stand-in


@pytest.mark.parametrize("function", ["nvmlSystemGetDriverVersion", "nvmlSystemGetCudaDriverVersion"])
def test_a_version_that_is_not_told_hides_no_gpu(nvml, driver, function):
    nvml.say("gpus 2", f"error {function} {scenario.TIMEOUT}")
    sweep = driver.sweep()
    assert (sweep.driver.state, len(sweep.devices)) == ("ok", 2)
    (field,) = sweep.driver.absent
    assert getattr(sweep.driver, field) is None
    assert sweep.driver.absent[field] == "The driver gave up waiting for the GPU."


@pytest.mark.parametrize(
    ("function", "where"),
    [
        ("nvmlDeviceGetComputeRunningProcesses", "listed"),  # as pynvml's list with details does, with MIG on
        ("nvmlDeviceGetUUID", "problem"),
        ("nvmlDeviceGetName", "name"),
        ("nvmlDeviceGetTemperature", "temperature_c"),
    ],
)
def test_a_binding_that_breaks_on_an_answer_costs_that_answer_only(nvml, driver, monkeypatch, function, where):
    nvml.say("gpus 2")
    good = getattr(pynvml, function)

    def address(handle):
        return ctypes.cast(handle, ctypes.c_void_p).value

    second = []

    def breaks(handle, *arguments):
        if address(handle) == second[0]:
            raise TypeError("int expected instead of NoneType instance")
        return good(handle, *arguments)

    pynvml.nvmlInit()
    second.append(address(pynvml.nvmlDeviceGetHandleByIndex(1)))
    pynvml.nvmlShutdown()
    monkeypatch.setattr(pynvml, function, breaks)
    sweep = driver.sweep()
    assert [gpu.state for gpu in sweep.devices] == ["ok", "unreadable" if where == "problem" else "ok"]
    assert (sweep.devices[0].absent, sweep.samples[0].absent, sweep.listed[0].absent) == ({}, {}, None)
    told = {**sweep.devices[1].absent, **sweep.samples[1].absent, "listed": sweep.listed[1].absent}
    assert {**told, "problem": sweep.devices[1].problem}[where] == "NVIDIA's Python binding cannot read it: TypeError."


def test_a_gpu_that_nobody_may_read_is_no_reason_to_open_the_driver_again_and_again(nvml, driver):
    nvml.say("gpus 2", f"error nvmlDeviceGetUUID {scenario.NO_PERMISSION} 1")
    for _ in range(3):
        assert [gpu.state for gpu in driver.sweep().devices] == ["ok", "unreadable"]
    assert nvml.calls()["nvmlInit"] == 1


def test_mig_instances_that_cannot_be_seen_are_not_none(nvml, driver):
    for function in ("nvmlDeviceGetMaxMigDeviceCount", "nvmlDeviceGetMigDeviceHandleByIndex"):
        nvml.say("gpus 1", "mig 0 2 10240", f"error {function} {scenario.NO_PERMISSION}")
        gpu = driver.sweep().devices[0]
        assert (gpu.mig_enabled, gpu.mig, gpu.absent["mig"]) == (True, [], "This user may not read it."), function


def test_a_mig_instance_has_its_reserved_memory_and_reasons(nvml, driver):
    nvml.say("gpus 1", "mig 0 1 10240 5")
    assert driver.sweep().samples[0].mig[0].memory_reserved_bytes == 5 * MIB
    nvml.say("gpus 1", "mig 0 1 10240", "error nvmlDeviceGetMemoryInfo_v2 13")
    (part,) = driver.sweep().samples[0].mig
    assert part.absent == {"memory_reserved_bytes": "The driver is too old to tell it: it counts as used."}


def test_a_compute_mode_that_is_not_known_is_said(nvml, driver):
    nvml.say("gpus 1", "set compute_mode 1")
    gpu = driver.sweep().devices[0]
    assert (gpu.compute_mode, gpu.absent) == (None, {"compute_mode": "The driver names a mode unknown here: 1."})


@pytest.mark.parametrize(
    ("version", "is_right"),
    [("535.54.03", False), ("535.98", False), ("535.104.05", True), ("530.41.03", True), ("570.86.15", True)],
)
def test_lists_that_some_drivers_lay_out_wrongly_are_not_believed(nvml, driver, version, is_right):
    nvml.say("gpus 1", f"driver {version}", "process 0 10 100")
    sweep = driver.sweep()
    (work,) = read_work(sweep.devices, 0.0, sweep.driver.driver_version)
    for listed in (*sweep.listed, work.listed):
        assert ([one.pid for one in listed.processes], listed.absent is None) == ([10] if is_right else [], is_right)
        assert is_right or UPDATE in listed.absent
