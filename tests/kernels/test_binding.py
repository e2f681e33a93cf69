"""Which kernel holds which GPU, with how much certainty: recorded situations, no machine."""

import pytest

from tests.kernels.gpus import AT_S, MIB, OK, gpu, here, kernel, live, sweep, tensorflow
from tfgpu_lab.kernels.binding import HIDDEN, RESERVED, UNMATCHED, bind, gpu_processes
from tfgpu_lab.models.gpu import Driver
from tfgpu_lab.models.live import LiveAllocator


def bound(it, seen, place, *others, report=None):
    return bind(it, report, seen, [it, *others], place)


def held(binding):
    return [(use.index, use.memory_used_bytes and use.memory_used_bytes // MIB) for use in binding.gpus]


def test_a_listed_process_is_exact():
    it = kernel(opened={100: [0, 1]})
    binding = bound(it, sweep([(100, 500), (7, 9)], [(7, 9)]), here(100, 7))
    assert (binding.certainty, held(binding), binding.memory_used_bytes) == ("exact", [(0, 500)], 500 * MIB)
    assert (binding.gpus[0].pids, binding.gpus[0].certainty, binding.at_s) == ([100], "exact", AT_S)


def test_descendants_count_and_several_gpus_add_up():
    it = kernel(pids=(100, 101, 102))
    binding = bound(it, sweep([(101, 100), (102, 50)], [(100, 7)]), here(100, 101, 102))
    assert (held(binding), binding.memory_used_bytes) == ([(0, 150), (1, 7)], 157 * MIB)
    assert binding.gpus[0].pids == [101, 102]


def test_two_notebooks_on_one_gpu_are_two():
    one, two = kernel("one", (100,)), kernel("two", (200,))
    seen, place = sweep([(100, 30), (200, 40)]), here(100, 200)
    assert held(bound(one, seen, place, two)) == [(0, 30)]
    assert held(bound(two, seen, place, one)) == [(0, 40)]


def test_memory_that_the_driver_hides_is_unknown_never_none():
    binding = bound(kernel(), sweep([(100, None)], [(100, 5)]), here(100))
    assert held(binding) == [(0, None), (1, 5)]
    assert binding.memory_used_bytes is None
    assert (binding.certainty, binding.gpus[0].note) == ("exact", HIDDEN)


def test_a_kernel_that_is_not_listed_holds_nothing():
    binding = bound(kernel(opened={100: [0]}), sweep([(7, 9)]), here(7))
    assert (binding.certainty, binding.gpus, binding.memory_used_bytes) == ("exact", [], 0)


def test_a_kernel_that_never_opened_the_driver_holds_nothing_even_in_a_container():
    binding = bound(kernel(), sweep([(7, 9)], absent="x."), here(outermost=False))
    assert (binding.certainty, binding.gpus, binding.memory_used_bytes) == ("exact", [], 0)


def test_the_hosts_pids_in_a_container_are_not_taken_for_ours():
    """Number 100 outside is not number 100 inside, which never opened the driver."""
    other = kernel("other", (200,), opened={200: [0]})
    binding = bound(kernel(), sweep([(100, 500)]), here(100, outermost=False), other)
    assert (binding.gpus, binding.memory_used_bytes) == ([], 0)


def test_a_pid_that_the_driver_translates_for_a_container_is_inferred():
    binding = bound(kernel(opened={100: [0]}), sweep([(100, 500)]), here(100, outermost=False))
    assert (binding.certainty, held(binding)) == ("inferred", [(0, 500)])


def test_in_a_container_the_open_device_file_tells_the_gpu_and_the_only_process_its_memory():
    it = kernel(opened={100: [1]})
    binding = bound(it, sweep([(5001, 11)], [(5000, 500)]), here(outermost=False))
    assert (binding.certainty, held(binding)) == ("inferred", [(1, 500)])
    assert binding.gpus[0].pids == []


@pytest.mark.parametrize(
    ("listed", "others"),
    [
        ([(5000, 500), (5001, 3)], ()),  # two that could be it
        ([(5000, None)], ()),
        ([], ()),
        ([(5000, 500)], (kernel("other", (200,), opened={200: [0]}),)),  # two kernels that could be it
    ],
)
def test_in_a_container_memory_that_could_be_anothers_is_not_guessed(listed, others):
    binding = bound(kernel(opened={100: [0]}), sweep(listed), here(outermost=False), *others)
    assert (held(binding), binding.memory_used_bytes) == ([(0, None)], None)
    assert (binding.certainty, binding.gpus[0].note) == ("inferred", UNMATCHED)


def test_a_list_that_may_not_be_read_leaves_the_open_file():
    binding = bound(kernel(opened={100: [0]}), sweep([], absent="This user may not read it."), here())
    assert (binding.certainty, held(binding)) == ("inferred", [(0, None)])


def test_a_driver_opened_with_no_device_and_no_list_is_unknown():
    binding = bound(kernel(opened={100: []}), sweep([], absent="This user may not read it."), here())
    assert (binding.certainty, binding.memory_used_bytes) == ("unknown", None)
    assert binding.reason == "This user may not read it."


def test_tensorflow_names_the_gpu_in_a_container_with_more_files_open():
    report = live(tensorflow(), CUDA_VISIBLE_DEVICES="1")
    it = kernel(opened={100: [0, 1]})
    binding = bound(it, sweep([(5000, 1)], [(5001, 500)]), here(outermost=False), report=report)
    assert (binding.certainty, held(binding)) == ("inferred", [(1, 500)])
    assert binding.gpus[0].tensorflow_device == "GPU:0"


def test_what_tensorflow_reserves_is_told_apart_from_use():
    seen, place = sweep([(100, 500)]), here(100)

    def note(**options):
        return bound(
            kernel(), seen, place, report=live(tensorflow(growth=options.pop("growth", None)), **options)
        ).gpus[0]

    assert (note().note, note().tensorflow_device) == (RESERVED, "GPU:0")
    assert note(growth={"/physical_device:GPU:0": True}).note is None
    assert note(TF_FORCE_GPU_ALLOW_GROWTH="true").note is None


def test_tensorflow_on_gpus_in_an_unknown_order_is_unknown():
    devices = [gpu(0, "Slow"), gpu(1, "Fast")]
    binding = bound(kernel(opened={100: []}), sweep([], [], devices=devices), here(), report=live(tensorflow()))
    assert (binding.certainty, binding.memory_used_bytes) == ("unknown", None)
    assert "GPU:0" in binding.reason


def test_a_mig_instance_is_told_apart():
    split = gpu(0, mig=2)
    part = split.mig[1].uuid
    report = live(tensorflow(growth={"/physical_device:GPU:0": True}), CUDA_VISIBLE_DEVICES=part)
    binding = bound(kernel(), sweep([(100, 5, part)], devices=[split]), here(100), report=report)
    (use,) = binding.gpus
    assert (use.mig_uuid, use.uuid, use.tensorflow_device, use.certainty) == (part, split.uuid, "GPU:0", "exact")


def test_a_kernel_elsewhere_is_unknown():
    binding = bound(kernel(elsewhere="Far away."), sweep([(100, 5)]), here(100))
    assert (binding.certainty, binding.memory_used_bytes, binding.reason) == ("unknown", None, "Far away.")


def test_a_driver_that_fails_is_unknown_with_its_reason():
    broken = Driver(state="failed", reason="Broken.", nvml_code=999, driver_version=None, cuda_version=None)
    binding = bound(kernel(), sweep(driver=broken), here())
    assert (binding.certainty, binding.reason) == ("unknown", "Broken.")


def test_no_gpu_is_certain():
    assert bound(kernel(opened={100: []}), sweep(driver=OK), here()).certainty == "exact"


def shown(answer):
    return [(p.owner, p.pid, p.kernel_id, p.path) for p in answer.processes]


def test_kernels_by_name_own_processes_by_pid_others_as_one_sum():
    seen = sweep([(100, 10), (101, 20), (7, 30), (8, 40), (9, 50)])
    (answer,) = gpu_processes([kernel(pids=(100, 101))], seen, here(100, 101, 7, 8, own=(100, 101, 7)))
    assert shown(answer) == [
        ("kernel", 100, "k", "k.ipynb"),
        ("kernel", 101, "k", "k.ipynb"),
        ("user", 7, None, None),
    ]
    assert (answer.others, answer.others_memory_used_bytes) == (2, 90 * MIB)


def test_the_sum_is_unknown_when_one_part_is():
    (answer,) = gpu_processes([], sweep([(7, 30), (8, None)]), here(7, 8))
    assert (answer.others, answer.others_memory_used_bytes) == (2, None)


def test_an_administrator_may_open_the_sum():
    (answer,) = gpu_processes([], sweep([(7, 30)]), here(7), show_all=True)
    assert (shown(answer), answer.others) == ([("other", 7, None, None)], 0)
    assert answer.processes[0].process_name == "python3"


def test_a_number_from_outside_the_container_is_nobodys_here():
    (answer,) = gpu_processes([kernel()], sweep([(100, 30), (7, 1)]), here(100, 7, outermost=False, own=(100, 7)))
    assert (shown(answer), answer.others) == ([], 2)


def allocator(number, mib, peak_mib):
    return LiveAllocator(device=f"/device:GPU:{number}", current_bytes=mib * MIB, peak_bytes=peak_mib * MIB)


def test_what_tensorflow_needs_is_told_apart_from_what_it_took():
    report = live(tensorflow(allocators=[allocator(0, 30, 70)]))
    (use,) = bound(kernel(), sweep([(100, 500)]), here(100), report=report).gpus
    assert (use.memory_used_bytes, use.tensorflow_used_bytes, use.tensorflow_peak_bytes) == (
        500 * MIB,
        30 * MIB,
        70 * MIB,
    )


def test_a_gpu_that_was_split_counts_with_all_its_parts():
    split = {"/physical_device:GPU:0": ["/device:GPU:0", "/device:GPU:1"]}
    made = tensorflow(logical=("GPU:0", "GPU:1"), logical_of=split)
    told = tensorflow(
        logical=("GPU:0", "GPU:1"), logical_of=split, allocators=[allocator(0, 1, 2), allocator(1, 10, 20)]
    )
    for report, figures in ((made, (None, None)), (told, (11 * MIB, 22 * MIB))):
        binding = bound(kernel(), sweep([(100, 500)]), here(100), report=live(report))
        (use,) = binding.gpus
        assert (binding.certainty, use.tensorflow_device) == ("exact", "GPU:0")
        assert (use.tensorflow_used_bytes, use.tensorflow_peak_bytes) == figures


def test_half_of_tensorflows_figures_are_none():
    report = live(tensorflow(visible=("GPU:0", "GPU:1"), logical=("GPU:0", "GPU:1"), allocators=[allocator(0, 1, 2)]))
    first, second = bound(kernel(), sweep([(100, 5)], [(100, 6)]), here(100), report=report).gpus
    assert first.tensorflow_used_bytes == MIB
    assert second.tensorflow_used_bytes is None
