"""What a cell is said to have done, from two looks and the driver's readings: recorded situations, no machine."""

import pytest
from msgspec.structs import replace

from tests.kernels.gpus import MIB, here, kernel, live, sweep, tensorflow
from tfgpu_lab.kernels.binding import bind
from tfgpu_lab.kernels.execution import NO_MORE, NO_WORK, NONE_TAKEN, RUNNING, SHORT, UNSEEN, Look, Ran, Times, told
from tfgpu_lab.models.execution import GpuTime
from tfgpu_lab.models.live import FollowedCell, LiveAllocator, LiveKeras

CELL = Ran(execution_count=3, cells=1, began_s=100.0, ended_s=110.0)
UUID = "GPU-01111111"
NOTHING = Times({}, None)


def look(report=None, mib=None, absent=None):
    """The kernel with a report, holding MiB of the one GPU; without MiB it holds none."""
    seen = sweep([(100, mib)] if mib else [])
    it = kernel(opened={100: [0]} if mib else None)
    return Look(report, absent, bind(it, report, seen, [it], here(100)))


def on_gpu(current, peak, **more):
    """TensorFlow with one GPU on which its tensors need and needed bytes."""
    held = [LiveAllocator(device="/device:GPU:0", current_bytes=current, peak_bytes=peak)]
    return live(tensorflow(allocators=held, **more))


def readings(*pairs, uuid=UUID, pid=100):
    return Times({uuid: [GpuTime(pid=pid, at_s=at_s, percent=percent) for at_s, percent in pairs]}, None)


def test_memory_that_tensorflow_took_shows_that_it_computed_on_its_gpu():
    found = told(CELL, look(live()), look(on_gpu(4096, 3 * MIB), mib=1748), NOTHING)
    assert (found.computed_on, found.devices) == ("gpu", ["GPU:0"])
    assert "3.0 MiB on GPU:0" in found.reason
    assert (found.gpu_memory_before_bytes, found.gpu_memory_after_bytes) == (0, 1748 * MIB)
    assert (found.tensorflow_peak_before_bytes, found.tensorflow_peak_after_bytes) == (0, 3 * MIB)
    assert (found.gpu_time_percent, found.absent) == (None, {"gpu_time_percent": NO_WORK})


@pytest.mark.parametrize(
    ("before", "after"), [((50, 100), (50, 100)), ((50, 100), (20, 100)), ((50, 100), (10, 30))], ids=str
)
def test_memory_that_did_not_grow_was_freed_or_whose_peak_was_reset_proves_nothing(before, after):
    found = told(CELL, look(on_gpu(*before), mib=1748), look(on_gpu(*after), mib=1748), NOTHING)
    assert (found.computed_on, found.devices) == ("unknown", [])
    assert found.reason == f"{NO_MORE} {NO_WORK}"


def test_what_the_driver_saw_the_kernel_compute_is_evidence_and_the_share():
    same = look(on_gpu(50, 100), mib=1748)
    found = told(CELL, same, same, readings((102.0, 40.0), (107.0, 80.0)))
    assert (found.computed_on, found.devices, found.gpu_time_percent) == ("gpu", ["GPU:0"], 60.0)
    assert found.gpu_time_span_s == 5.0
    assert "60 % of the time on GPU:0" in found.reason


def test_a_process_that_ended_with_the_cell_has_computed_on_a_gpu_without_a_name():
    gone = look(live(tensorflow(logical=())))
    found = told(CELL, gone, gone, readings((102.0, 40.0), pid=4711))
    assert (found.computed_on, found.devices) == ("gpu", [])
    assert found.reason == "In the driver's readings this kernel computed: 40 % of the time on a GPU."


def test_two_processes_of_a_kernel_add_up_to_a_whole_gpu_at_most():
    same = look(on_gpu(50, 100), mib=1748)
    assert told(CELL, same, same, readings((102.0, 70.0), (102.0, 60.0))).gpu_time_percent == 100.0


@pytest.mark.parametrize("at_s", [99.0, 100.5, 110.2])
def test_a_reading_that_covers_time_outside_the_cell_is_none_of_it(at_s):
    same = look(on_gpu(50, 100), mib=1748)
    found = told(CELL, same, same, readings((at_s, 90.0)))
    assert (found.computed_on, found.gpu_time_percent) == ("unknown", None)


def test_a_cell_shorter_than_a_reading_has_no_share():
    same = look(on_gpu(50, 100), mib=1748)
    found = told(CELL._replace(ended_s=100.4), same, same, readings((100.3, 90.0)))
    assert (found.computed_on, found.absent["gpu_time_percent"]) == ("unknown", SHORT)


def test_without_tensorflows_names_the_gpu_is_called_as_the_driver_does():
    same = look(live(tensorflow(context="none")), mib=500)
    assert told(CELL, same, same, readings((105.0, 90.0))).devices == ["GPU 0 of the driver"]


def test_tensorflow_without_a_gpu_computed_on_the_cpu():
    found = told(CELL, look(live()), look(live(tensorflow(logical=()))), NOTHING)
    assert (found.computed_on, found.devices) == ("cpu", [])
    assert found.reason == "TensorFlow has no GPU in this kernel."
    assert found.absent["tensorflow_peak_after_bytes"] == found.reason


@pytest.mark.parametrize("before", [live(), on_gpu(0, 0)], ids=["not initialised", "as before"])
def test_a_gpu_on_which_tensorflow_has_put_nothing_has_not_computed(before):
    found = told(CELL, look(before), look(on_gpu(0, 0), mib=1748), NOTHING)
    assert (found.computed_on, found.reason) == ("cpu", NONE_TAKEN)
    assert told(CELL, None, look(on_gpu(0, 0), mib=1748), NOTHING).computed_on == "unknown", "a peak may be reset"


@pytest.mark.parametrize("after", [live(tensorflow(logical=())), on_gpu(0, 0)], ids=["no GPU", "nothing on it"])
def test_what_keras_computes_with_something_else_is_not_tensorflows(after):
    keras = LiveKeras(version="3.12", backend="torch")
    found = told(CELL, look(on_gpu(0, 0)), look(replace(after, keras=keras)), NOTHING)
    assert (found.computed_on, found.reason) == ("unknown", "Keras computes with torch in this kernel.")
    own = LiveKeras(version="3.12", backend="tensorflow")
    assert told(CELL, look(on_gpu(0, 0)), look(replace(after, keras=own)), NOTHING).computed_on == "cpu"


def test_something_else_that_holds_a_gpu_forbids_to_speak_of_the_cpu():
    found = told(CELL, look(live()), look(live(tensorflow(logical=())), mib=700), NOTHING)
    assert (found.computed_on, found.gpu_memory_after_bytes) == ("unknown", 700 * MIB)
    assert "Something else" in found.reason


@pytest.mark.parametrize(
    ("report", "says"),
    [(live(), "not imported"), (live(tensorflow(context="none")), "not computed anything"), (None, "no answer")],
)
def test_a_kernel_in_which_tensorflow_has_done_nothing_is_unknown_with_the_reason(report, says):
    found = told(CELL, None, look(report, absent="There is no answer."), NOTHING)
    assert found.computed_on == "unknown"
    assert says in found.reason
    assert {found.absent[name] for name in ("gpu_memory_before_bytes", "tensorflow_peak_before_bytes")} == {UNSEEN}


def test_a_first_look_after_the_cell_does_not_take_what_was_there_for_the_cells():
    found = told(CELL._replace(began_s=None), None, look(on_gpu(50, 100), mib=1748), readings((105.0, 90.0)))
    assert (found.computed_on, found.began_s, found.gpu_time_percent) == ("unknown", None, None)
    assert found.reason.startswith(UNSEEN)


def test_an_allocator_that_was_not_read_is_told_as_the_reason():
    unread = live(tensorflow(allocators_unread="A thread computes."))
    found = told(CELL, look(on_gpu(50, 100), mib=9), look(unread, mib=9), NOTHING)
    assert found.reason.startswith("A thread computes.")
    assert found.absent["tensorflow_peak_after_bytes"] == "A thread computes."


def test_a_cell_that_runs_is_known_by_the_driver_or_by_what_tensorflow_lacks():
    running = CELL._replace(ended_s=None)
    busy = look(live(tensorflow(allocators_unread="A cell runs.")), mib=1748)
    found = told(running, look(on_gpu(50, 100), mib=1748), busy, NOTHING)
    assert (found.computed_on, found.gpu_memory_after_bytes, found.absent["gpu_memory_after_bytes"]) == (
        "unknown",
        None,
        RUNNING,
    )
    assert told(running, None, busy, readings((104.0, 90.0))).computed_on == "gpu"
    assert told(running, None, look(live(tensorflow(logical=()))), NOTHING).computed_on == "cpu"


def followed(execution_count, on_gpu_count):
    return FollowedCell(
        execution_count=execution_count, functions=1, on_gpu=on_gpu_count, on_cpu=[], other_on_cpu=0, took_s=0.1
    )


@pytest.mark.parametrize(
    ("execution_count", "operations", "cells", "expected"),
    [(3, 7, 1, "gpu"), (2, 7, 1, "unknown"), (3, 0, 1, "unknown"), (3, 7, 2, "unknown"), (None, 7, 1, "unknown")],
)
def test_operations_that_were_followed_onto_a_gpu_are_evidence_for_their_cell_alone(
    execution_count, operations, cells, expected
):
    after = look(replace(on_gpu(50, 100), followed=followed(execution_count, operations)), mib=9)
    found = told(CELL._replace(cells=cells), look(on_gpu(50, 100), mib=9), after, NOTHING)
    assert (found.computed_on, found.devices) == (expected, ["GPU:0"] if expected == "gpu" else [])
