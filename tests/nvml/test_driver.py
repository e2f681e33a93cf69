"""The door to NVML, on a simulated driver below the real pynvml."""

import pytest

from tests import scenario
from tfgpu_lab.nvml.driver import NvmlDriver

GIB = 1 << 30
MIB = 1 << 20


@pytest.fixture
def driver(nvml):
    """The door; closed after the test."""
    it = NvmlDriver()
    yield it
    it.close()


@pytest.mark.parametrize("count", [1, 8, 16])
def test_reads_every_gpu(nvml, driver, count):
    nvml.say(f"gpus {count}", "set name Simulated_H200", "set used_mb 2048 0", "set utilization 37 0")
    sweep = driver.sweep()
    assert (sweep.driver.state, sweep.driver.driver_version, sweep.driver.cuda_version) == ("ok", "550.54.14", "12.4")
    assert [gpu.index for gpu in sweep.devices] == list(range(count))
    assert len({gpu.uuid for gpu in sweep.devices}) == count
    gpu, sample = sweep.devices[0], sweep.samples[0]
    assert (gpu.name, gpu.state, gpu.problem, gpu.absent) == ("Simulated H200", "ok", None, {})
    assert (gpu.pci_bus_id, gpu.minor_number, gpu.compute_capability) == ("00000000:01:00.0", 0, "9.0")
    assert (gpu.memory_total_bytes, gpu.power_limit_w, gpu.clock_sm_max_mhz) == (80 * GIB, 700.0, 1980)
    assert (gpu.compute_mode, gpu.ecc_enabled, gpu.ecc_errors_uncorrected) == ("default", True, 0)
    assert (gpu.persistence_enabled, gpu.mig_enabled, gpu.mig) == (True, False, [])
    assert (sample.memory_used_bytes, sample.memory_reserved_bytes) == (2 * GIB, GIB // 2)
    assert (sample.utilization_percent, sample.memory_utilization_percent) == (37, 0)
    assert (sample.temperature_c, sample.power_w, sample.clock_sm_mhz, sample.clock_memory_mhz) == (
        40,
        70.0,
        1980,
        2619,
    )
    assert (sample.throttle_reasons, sample.absent) == ([], {})


def test_names_what_holds_the_clocks_back_but_not_idleness(nvml, driver):
    nvml.say("gpus 1", f"set throttle {0x1 | 0x4 | 0x40}")
    assert driver.sweep().samples[0].throttle_reasons == ["power limit", "heat (hardware)"]


def test_mig_instances_have_memory_and_no_utilisation(nvml, driver):
    nvml.say("gpus 2", "mig 1 2 10240", "process 1 4711 3072 0", "process 1 4712 na 1")
    sweep = driver.sweep()
    whole, split = sweep.devices
    assert (whole.mig_enabled, split.mig_enabled) == (False, True)
    assert [(i.index, i.memory_total_bytes, i.gpu_instance_id) for i in split.mig] == [
        (0, 10 * GIB, 1),
        (1, 10 * GIB, 2),
    ]
    assert all(i.uuid.startswith("MIG-") for i in split.mig)
    sample = sweep.samples[1]
    assert [(m.uuid, m.memory_used_bytes) for m in sample.mig] == [(split.mig[0].uuid, 3 * GIB), (split.mig[1].uuid, 0)]
    assert sample.utilization_percent is None
    assert "MIG" in sample.absent["utilization_percent"]
    assert sweep.samples[0].utilization_percent == 0
    listed = [(p.pid, p.mig_uuid, p.memory_used_bytes) for p in sweep.listed[1].processes]
    assert listed == [(4711, split.mig[0].uuid, 3 * GIB), (4712, split.mig[1].uuid, None)]


def test_memory_that_a_driver_hides_is_not_none_held(nvml, driver):
    nvml.say("gpus 1", "process 0 10 na", "process 0 11 0", "process 0 12 100")
    processes = driver.sweep().listed[0].processes
    assert [(p.pid, p.memory_used_bytes) for p in processes] == [(10, None), (11, None), (12, 100 * MIB)]


def test_a_list_of_processes_that_may_not_be_read_says_why(nvml, driver):
    nvml.say("gpus 1", f"error nvmlDeviceGetComputeRunningProcesses_v3 {scenario.NO_PERMISSION}")
    listed = driver.sweep().listed[0]
    assert (listed.processes, listed.absent) == ([], "This user may not read it.")


def test_an_ordinary_sweep_asks_only_what_changes(nvml, driver):
    nvml.say("gpus 4")
    driver.sweep()
    before = nvml.calls()
    sweep = driver.sweep(thorough=False)
    made = {name: calls - before.get(name, 0) for name, calls in nvml.calls().items() if calls > before.get(name, 0)}
    assert made.pop("nvmlDeviceGetCount_v2") == 1
    assert set(made) == {
        "nvmlDeviceGetMemoryInfo_v2",
        "nvmlDeviceGetUtilizationRates",
        "nvmlDeviceGetTemperature",
        "nvmlDeviceGetPowerUsage",
        "nvmlDeviceGetClockInfo",
        "nvmlDeviceGetCurrentClocksEventReasons",
    }
    assert sum(made.values()) == 4 * 7
    assert sweep.devices[3].name == "Simulated GPU"
    assert sweep.listed[0].absent is None


def test_an_older_driver_that_does_not_tell_reserved_memory_apart(nvml, driver):
    nvml.say("gpus 1", "set used_mb 300", "error nvmlDeviceGetMemoryInfo_v2 13")
    sample = driver.sweep().samples[0]
    assert (sample.memory_used_bytes, sample.memory_reserved_bytes) == (300 * MIB, None)
    assert sample.absent == {"memory_reserved_bytes": "The driver is too old to tell it: it counts as used."}


@pytest.mark.parametrize("code", [scenario.NO_PERMISSION, scenario.TIMEOUT, scenario.NOT_SUPPORTED, 999])
@pytest.mark.parametrize(
    ("function", "field"),
    [
        ("nvmlDeviceGetUtilizationRates", "utilization_percent"),
        ("nvmlDeviceGetMemoryInfo_v2", "memory_used_bytes"),
        ("nvmlDeviceGetTemperature", "temperature_c"),
        ("nvmlDeviceGetPowerUsage", "power_w"),
        ("nvmlDeviceGetCurrentClocksEventReasons", "throttle_reasons"),
    ],
)
def test_one_function_that_fails_costs_its_own_value_only(nvml, driver, function, field, code):
    nvml.say("gpus 2", f"error {function} {code} 1")
    sweep = driver.sweep()
    good, bad = sweep.samples
    assert good.absent == {}
    assert getattr(bad, field) is None
    assert bad.absent[field].endswith(".")
    assert sweep.devices[1].state == "ok"
    others = {"utilization_percent", "memory_used_bytes", "temperature_c", "power_w", "throttle_reasons"} - {field}
    assert all(getattr(bad, name) is not None for name in others)


@pytest.mark.parametrize("lost", [0, 3])
def test_a_lost_gpu_marks_its_own_row_keeps_its_name_and_returns(nvml, driver, lost):
    nvml.say("gpus 8", "set name Simulated_H200")
    before = driver.sweep()
    nvml.add(f"error * {scenario.LOST} {lost}")
    for thorough in (False, False, True):
        assert nvml.calls()["nvmlInit"] == 1
        sweep = driver.sweep(thorough=thorough)
        assert [gpu.state for gpu in sweep.devices] == ["lost" if i == lost else "ok" for i in range(8)]
        gpu = sweep.devices[lost]
        assert (gpu.name, gpu.uuid) == ("Simulated H200", before.devices[lost].uuid)
        assert "fallen off the bus" in gpu.problem
        assert set(sweep.samples[lost].absent.values()) == {gpu.problem}
        assert all(sample.memory_used_bytes for i, sample in enumerate(sweep.samples) if i != lost)
    # A real NVML lists its GPUs when it is opened, and one that was reset is known to a new one only.
    assert nvml.calls()["nvmlInit"] == 2
    nvml.say("gpus 8", "set name Simulated_H200")
    assert driver.sweep().devices == before.devices


def test_a_lost_gpu_is_not_asked_one_value_after_the_other(nvml, driver):
    nvml.say("gpus 1")
    driver.sweep()
    nvml.add(f"error * {scenario.LOST} 0")
    before = nvml.total()
    driver.sweep(thorough=False)
    assert nvml.total() - before == 2  # the count, and the first value


def test_a_gpu_lost_from_the_start_has_a_row(nvml, driver):
    nvml.say("gpus 2", f"error * {scenario.LOST} 0")
    sweep = driver.sweep()
    assert [(gpu.name, gpu.state) for gpu in sweep.devices] == [("GPU 0", "lost"), ("Simulated GPU", "ok")]


@pytest.mark.parametrize("function", ["nvmlDeviceGetUUID", "nvmlDeviceGetName"])
def test_a_gpu_that_does_not_tell_who_it_is_hides_no_other(nvml, driver, function):
    nvml.say("gpus 2", f"error {function} {scenario.NO_PERMISSION} 0")
    sweep = driver.sweep()
    assert len(sweep.devices) == 2
    assert sweep.devices[1].state == "ok"
    gpu = sweep.devices[0]
    assert "This user may not read it." in {gpu.problem, gpu.absent.get("name")}


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (scenario.MISMATCH, "version-mismatch"),
        (scenario.NOT_LOADED, "not-loaded"),
        (scenario.NO_PERMISSION, "no-permission"),
        (12, "no-library"),
        (999, "failed"),
    ],
)
def test_a_driver_that_fails_says_how_and_is_noticed_when_it_returns(nvml, driver, code, state):
    nvml.say("gpus 1", f"error nvmlInit {code}")
    failed = driver.sweep()
    assert (failed.driver.state, failed.devices, failed.samples) == (state, [], [])
    assert failed.driver.reason.endswith(".")
    nvml.say("gpus 1")
    assert driver.sweep().driver.state == "ok"
    nvml.say("gpus 1", f"error nvmlDeviceGetCount_v2 {code}")
    assert driver.sweep().driver.state == state
    nvml.say("gpus 1")
    assert len(driver.sweep().devices) == 1


def test_a_library_that_is_installed_later_is_found(nvml_library, tmp_path, monkeypatch):
    import pynvml

    if pynvml.nvmlLib is not None:
        pytest.skip("this machine has a driver")
    driver = NvmlDriver()
    if driver.sweep().driver.state != "no-library":
        pytest.skip("this machine has a driver")
    with scenario.simulated(nvml_library, tmp_path):
        assert driver.sweep().driver.state == "ok"
        driver.close()


def test_a_driver_replaced_under_the_server_is_loaded_anew(nvml_library, tmp_path, nvml, driver):
    """pynvml keeps the library it loaded first; after an update only the new file answers."""
    import pynvml

    nvml.say("gpus 1", f"error nvmlInit {scenario.MISMATCH}")
    assert driver.sweep().driver.state == "version-mismatch"
    assert pynvml.nvmlLib is None
    nvml.say("gpus 1", "driver 560.35.03")
    assert driver.sweep().driver.driver_version == "560.35.03"


def test_a_library_that_somebody_else_uses_is_not_unloaded(nvml, driver):
    import pynvml

    pynvml.nvmlInit()
    try:
        nvml.say("gpus 1", f"error nvmlInit {scenario.MISMATCH}")
        driver.sweep()
        assert pynvml.nvmlLib is not None
    finally:
        nvml.say("gpus 1")
        pynvml.nvmlShutdown()


def test_belongs_to_one_thread(nvml, driver):
    import threading

    driver.sweep()
    refused = []

    def elsewhere():
        try:
            driver.sweep()
        except AssertionError as error:
            refused.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert refused == ["NvmlDriver belongs to one thread"]
