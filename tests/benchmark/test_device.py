"""What guest/device knows of memory, threads and rates: on made-up machines and links of any speed."""

import subprocess
import sys

import pytest

from tests.benchmark.slow import GUEST, Clock, Link, part

GIB, MIB = 1 << 30, 1 << 20
LIMITS = {1: ("memory.limit_in_bytes", "memory.usage_in_bytes"), 2: ("memory.max", "memory.current")}


@pytest.fixture
def machine(tmp_path):
    """A made-up machine with 64 GiB of free memory: `machine(groups, version, folder=...)` says what may be taken."""

    def free(groups, version, **folders):
        (tmp_path / "proc" / "self").mkdir(parents=True)
        (tmp_path / "proc" / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable: {64 * GIB >> 10} kB\n")
        (tmp_path / "proc" / "self" / "cgroup").write_text(groups)
        for name, (limit, used, cache) in folders.items():
            folder = tmp_path / "sys" / "fs" / "cgroup" / ("memory" if version == 1 else "") / name.strip("_")
            folder.mkdir(parents=True, exist_ok=True)
            for file, value in zip(LIMITS[version], (limit, used), strict=True):
                (folder / file).write_text(f"{value}\n")
            (folder / "memory.stat").write_text(f"anon 1\ninactive_file {cache}\ntotal_inactive_file {cache}\n")
        return part("device", Clock()).free_host_bytes(str(tmp_path))

    return free


@pytest.mark.parametrize(("version", "groups"), [(2, "0::/a/b\n"), (1, "9:name=systemd:/x\n4:memory:/a/b\n0::/\n")])
def test_the_narrowest_of_nested_limits_counts(machine, version, groups):
    nested = {"_": (32 * GIB, GIB, 0), "a": (8 * GIB, 7 * GIB, 0), "a/b": (4 * GIB, GIB, 0)}
    assert machine(groups, version, **nested) == GIB


def test_files_that_were_read_are_given_up(machine):
    assert machine("0::/a\n", 2, a=(8 * GIB, 7 * GIB, 5 * GIB)) == 6 * GIB


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_that_has_an_outer_path_sees_its_own_top(machine, version):
    groups = f"{'0:' if version == 2 else '4:memory'}:/docker/0123\n"
    assert machine(groups, version, _=(2 * GIB, GIB, 0)) == GIB


def test_no_limit_is_none(machine):
    assert machine("0::/a\n", 2, a=("max", GIB, 0)) == 64 * GIB


@pytest.mark.parametrize(
    ("groups", "files", "granted"),
    [
        ("0::/a/b\n", {"a/cpu.max": "150000 100000", "a/b/cpu.max": "max 100000"}, 1.5),
        ("0::/a\n", {"a/cpu.max": "max 100000"}, None),
        (
            "3:cpu,cpuacct:/docker/0123\n0::/\n",
            {"cpu,cpuacct/cpu.cfs_quota_us": "50000", "cpu,cpuacct/cpu.cfs_period_us": "100000"},
            0.5,
        ),
        ("3:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("", {}, None),
    ],
)
def test_the_time_of_processors_that_control_groups_grant(tmp_path, groups, files, granted):
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "cgroup").write_text(groups)
    for name, text in files.items():
        path = tmp_path / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert part("device", Clock()).granted_processors(str(tmp_path)) == granted


def test_this_machine_has_some():
    assert part("device", Clock()).free_host_bytes() > 0


def test_a_gpu_that_somebody_else_holds_is_shared():
    shared = part("device", Clock()).shared
    assert shared({"total_bytes": 80 * GIB, "free_bytes": 60 * GIB})
    assert not shared({"total_bytes": 80 * GIB, "free_bytes": 79.5 * GIB})  # our own context, a desktop
    assert not shared({"free_bytes": None})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a matter of Linux")
def test_linux_ends_the_guest_first_and_tensorflows_threads_count():
    code = (GUEST / "device.py").read_text() + "\ngoes_first(); print(read('/proc/self/oom_score_adj'), threads())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"TF_NUM_INTRAOP_THREADS": "3"}
    )
    assert done.stdout.split() == ["1000", "3"], done.stderr


@pytest.mark.parametrize(("gbps", "memory_gbps"), [(0.5, 20.0), (5.0, 300.0), (20.0, 1500.0), (60.0, 8000.0)])
def test_transfers_over_any_link_end_in_time_with_the_right_rate(gbps, memory_gbps):
    clock = Clock()
    device, link, memory = part("device", clock), Link(clock, gbps), Link(clock, memory_gbps)
    begun = clock.now_s
    assert device.copies(link, "/GPU:0", 16 * GIB, 0.52) == pytest.approx((gbps, gbps), rel=0.05)
    assert device.bandwidth(memory, "/GPU:0", 16 * GIB, 0.52) == pytest.approx(memory_gbps, rel=0.1)
    assert clock.now_s - begun < 1.3
    assert 8 * MIB <= link.largest <= 256 * MIB
