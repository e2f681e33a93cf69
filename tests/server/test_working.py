"""Who computes how much is asked of the driver once for all who look at running cells."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from tfgpu_lab.models.execution import GpuTime, GpuWork
from tfgpu_lab.models.process import ListedProcesses
from tfgpu_lab.server import working
from tfgpu_lab.server.working import NOBODY, STILL, Working


def reading(at_s: float) -> GpuTime:
    return GpuTime(pid=1, at_s=at_s, percent=50.0)


@pytest.fixture
def driver(monkeypatch):
    """A driver that says a reading at 10 and at 20 s, and counts what it is asked."""
    asked: list[float] = []

    def read(_devices, since_s, _driver_version):
        asked.append(since_s)
        times = [reading(at_s) for at_s in (10.0, 20.0) if at_s > since_s]
        listed = ListedProcesses(uuid="GPU-0", processes=[], absent=None)
        return [GpuWork(listed=listed, times=times, absent=None)]

    monkeypatch.setattr(working, "read_work", read)
    return asked


@pytest.fixture
def watched():
    sweep = SimpleNamespace(driver=SimpleNamespace(state="ok", reason="", driver_version="550.54.14"), devices=[])
    return Working(SimpleNamespace(newest=sweep))


async def test_more_tabs_do_not_ask_more_often(driver, watched):
    answers = await asyncio.gather(*(watched.now(5.0, age_s=60.0) for _ in range(64)))
    assert driver == [5.0]
    assert {len(work[0].times) for work, _ in answers} == {2}


async def test_a_shared_answer_has_no_reading_twice(driver, watched):
    await watched.now(5.0, age_s=60.0)
    (one,), absent = await watched.now(10.0, age_s=60.0)
    assert (driver, one.times, absent) == ([5.0], [reading(20.0)], None)


async def test_an_answer_that_does_not_reach_far_enough_back_is_not_taken(driver, watched):
    await watched.now(15.0, age_s=60.0)
    (one,), _ = await watched.now(5.0, age_s=60.0)
    assert driver == [15.0, 5.0]
    assert len(one.times) == 2


async def test_an_answer_of_before_a_cell_is_not_taken_for_it(driver, watched):
    await watched.now(5.0, age_s=60.0)
    began_s = time.time()
    await watched.now(began_s, age_s=60.0)
    assert driver == [5.0, began_s]


async def test_the_end_of_a_cell_is_asked_about_anew(driver, watched):
    await watched.now(5.0, age_s=60.0)
    await watched.now(5.0)
    assert driver == [5.0, 5.0]


async def test_nobody_is_asked_while_nobody_looks(driver):
    assert await Working(SimpleNamespace(newest=None)).now(5.0) == ([], NOBODY)
    assert driver == []


async def test_an_odd_answer_is_said_and_the_next_is_taken(driver, watched, monkeypatch):
    good = working.read_work

    def odd(_devices, _since_s, _driver_version):
        raise TypeError("'NoneType' is no integer")

    monkeypatch.setattr(working, "read_work", odd)
    work, absent = await watched.now(5.0)
    assert work == []
    assert "cannot be read" in absent
    monkeypatch.setattr(working, "read_work", good)
    assert (await watched.now(5.0))[1] is None


async def test_a_driver_that_hangs_is_asked_once(watched, monkeypatch):
    asked = []
    monkeypatch.setattr(working, "LIMIT_S", 0.01)
    never = asyncio.get_running_loop().create_future()

    def hangs(_call, _name):
        asked.append(1)
        return never

    monkeypatch.setattr(working, "aside", hangs)
    assert "did not answer" in (await watched.now(5.0))[1]
    assert await watched.now(5.0) == ([], STILL)
    assert asked == [1]
