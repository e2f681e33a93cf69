"""What is made of a request: what is refused, what its process sees, and what two may run at once."""

import asyncio
import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.benchmark import light
from tests.benchmark.slow import GUEST
from tests.kernels.gpus import sweep
from tfgpu_lab.benchmark.matmul import BadRequest, MatmulBenchmarks, alone_visible, check, failure, with_one_heap
from tfgpu_lab.kernels.interpreter import GuestExit, Launch
from tfgpu_lab.models.benchmark import BenchmarkRequest, Skipped

UUID = "MIG-aa11bb22-0000-4000-8000-000000000007"
# Threads fill and drop twice 16 MiB in turns, as TensorFlow's do with results. Prints the pages taken after the first.
IN_TURNS = """
import ctypes, resource, sys, threading
space, turns, taken = {}, [threading.Semaphore(0) for _ in range(4)], []
exec(open(sys.argv[1]).read(), space)
if sys.argv[2] == "kept":
    space["keep_freed_memory"]()
def fill(me):
    for _ in range(2):
        turns[me].acquire()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for one in [ctypes.create_string_buffer(16 << 20) for _ in range(2)]: ctypes.memset(one, 1, 16 << 20)
        del one
        taken.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
        turns[(me + 1) % len(turns)].release()
threads = [threading.Thread(target=fill, args=(me,)) for me in range(len(turns))]
for one in threads: one.start()
turns[0].release()
for one in threads: one.join()
print(sum(taken[1:]))
"""


def asks(device):
    return BenchmarkRequest(kernel_id="k", device=device)


@pytest.mark.parametrize("device", [None, "CPU:0", "GPU:0", "GPU:15", UUID, "GPU-aa11bb22", "MIG-GPU-aa11/1/0"])
def test_devices_have_names_numbers_or_uuids(device):
    check(asks(device))


@pytest.mark.parametrize("device", ["", "TPU:0", "GPU:", "GPU:100", "CPU:1", "GPU-", "MIG-a,0", "GPU:0\n"])
def test_anything_else_is_refused(device):
    with pytest.raises(BadRequest, match="must be CPU:0"):
        check(asks(device))


def test_what_is_asked_for_by_its_uuid_is_the_only_one_of_its_process():
    launch = Launch(argv=("python",), env={"CUDA_VISIBLE_DEVICES": "0,1", "A": "b"})
    request, there = alone_visible(asks(UUID), launch)
    assert (request.device, there.env) == ("GPU:0", {"CUDA_VISIBLE_DEVICES": UUID, "A": "b"})
    assert alone_visible(asks("GPU:1"), launch) == (asks("GPU:1"), launch)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this is how glibc keeps memory")
@pytest.mark.parametrize(
    ("heap", "kept", "anew"), [("one", "kept", False), ("one", "", True), ("many", "kept", True), ("many", "", True)]
)
def test_what_one_thread_drops_is_used_again_by_the_next(heap, kept, anew):
    """Pages taken anew are cleared first: that can be a sixth of a product's time, in some runs and not in others."""
    launch = Launch(argv=(sys.executable,), env={})
    env = with_one_heap(launch).env if heap == "one" else {}
    command = [sys.executable, "-c", IN_TURNS, str(GUEST / "device.py"), kept]
    pages = int(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert (pages > 2 * (16 << 20) / os.sysconf("SC_PAGE_SIZE")) == anew, pages


def test_who_chose_a_number_of_heaps_keeps_it():
    launch = Launch(argv=("python",), env={"MALLOC_ARENA_MAX": "4"})
    assert with_one_heap(launch) == launch


@pytest.mark.parametrize(
    ("asked", "states"),
    [
        # Two environments, each with its own GPU: at once. What uses the same one, whatever it is called, waits.
        (
            [("GPU:0", "0"), ("GPU:0", "1"), ("GPU:0", "1"), ("GPU:0", "1,0")],
            ["running", "running", "queued", "queued"],
        ),
        ([("GPU:0", None), ("GPU:1", None), ("GPU-11111111", "0")], ["running", "running", "queued"]),
        # The CPU's figures and everybody else's would spoil each other.
        ([("GPU:0", "0"), ("CPU:0", None), ("GPU:0", "1")], ["running", "queued", "queued"]),
        ([(None, None), ("GPU:0", "0")], ["running", "queued"]),
        # Of what the driver does not list it cannot be told.
        ([("GPU:0", "0"), ("GPU:7", None)], ["running", "queued"]),
    ],
)
def test_two_run_at_once_only_on_two_gpus(tmp_path, asked, states):

    async def observe():
        return sweep([], []), []

    async def run():
        jobs = MatmulBenchmarks(observe=observe)
        made = []
        try:
            for device, visible in asked:
                env = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
                made.append(await jobs.create(asks(device), light.launch(tmp_path, gpus=8, LIGHT_IMPORT_S="60", **env)))
            await asyncio.sleep(0)
            return [jobs.get(job.id) for job in made]
        finally:
            await jobs.close()

    found = asyncio.run(run())
    assert [job.state for job in found] == states
    assert all((job.state == "queued") == ("two at once would slow each other" in (job.message or "")) for job in found)


@pytest.mark.parametrize(
    ("code", "stderr", "said"),
    [
        (-9, "", "The benchmark's process was ended from outside, as Linux does where memory is short."),
        (-11, "", "The benchmark's process crashed with signal 11."),
        (
            -6,
            "I0000 fine\nF0000 00:00:17.1 9 it.cc:7] Check failed: a\n    @ 0x7f",
            "crashed with signal 6: Check failed: a",
        ),
        (1, "Traceback\nValueError: no", "ValueError: no"),
        (3, "", "The benchmark's process ended with status 3."),
    ],
)
def test_how_the_process_ended_is_one_sentence(code, stderr, said):
    ended = GuestExit(returncode=code, stderr_tail=stderr, timed_out=False)
    assert failure(Launch(argv=("python",), env={}), ended, None, 1.0).endswith(said)


def test_that_nothing_could_be_measured_is_said_with_each_reason_once():
    skipped = [
        Skipped(device="GPU:0", dtype=dtype, reason="There is not enough free memory.") for dtype in ("a", "a", "b")
    ]
    measured = SimpleNamespace(conditions=object(), throughputs=[], skipped=skipped)
    ended = GuestExit(returncode=0, stderr_tail="", timed_out=False)
    assert failure(Launch(argv=("python",), env={}), ended, measured, 1.0) == (
        "Nothing could be measured. GPU:0 a: There is not enough free memory. GPU:0 b: There is not enough free memory."
    )
