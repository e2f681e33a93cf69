"""The table of jobs: one at a time, said to those who wait, and ended cleanly whatever the work does."""

import asyncio

import pytest

from tfgpu_lab.benchmark.jobs import JobFailed, Jobs, QueueFull


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


def test_one_at_a_time_and_the_others_know_how_many_are_before_them():
    async def run():
        jobs, gates, running = Jobs(), [asyncio.Event() for _ in range(3)], []

        def work(gate):
            async def wait(entry):
                running.append(entry.id)
                await gate.wait()

            return wait

        made = [jobs.create(None, work(gate)) for gate in gates]
        await turns()
        assert [one.state for one in made] == ["running", "queued", "queued"]
        assert [jobs.ahead(one) for one in made] == [0, 1, 2]
        gates[0].set()
        await turns()
        assert [one.state for one in made] == ["done", "running", "queued"]
        assert [jobs.ahead(one) for one in made] == [0, 0, 1]
        await jobs.cancel(made[2].id)
        assert made[2].state == "cancelled"
        assert running == [made[0].id, made[1].id]  # what waited never began
        await jobs.close()
        assert made[1].state == "cancelled"

    asyncio.run(run())


def test_what_uses_different_things_runs_at_once_and_the_whole_machine_is_for_one():
    async def run():
        jobs, gates = Jobs(), {}

        def make(*uses):
            gate = asyncio.Event()

            async def wait(entry):
                await gate.wait()

            one = jobs.create(None, wait, frozenset(uses) if uses else None)
            gates[one.id] = gate
            return one

        async def end(one):
            gates[one.id].set()
            await turns(10)

        a, b, a_again, all_, b_again = make("a"), make("b"), make("a"), make(), make("b")
        made = [a, b, a_again, all_, b_again]
        await turns()
        assert [one.state for one in made] == ["running", "running", "queued", "queued", "queued"]
        assert [jobs.ahead(one) for one in made] == [0, 0, 1, 3, 2]
        await end(b)
        assert b_again.state == "queued"  # the whole machine came first
        await jobs.cancel(a.id)
        await turns(10)
        assert [one.state for one in made] == ["cancelled", "done", "running", "queued", "queued"]
        await end(a_again)
        assert (all_.state, b_again.state) == ("running", "queued")
        await end(all_)
        assert b_again.state == "running"
        await jobs.close()

    asyncio.run(run())


def test_the_queue_is_bounded_and_says_so():
    async def run():
        jobs = Jobs(most_waiting=2)

        async def wait(entry):
            await asyncio.Event().wait()

        made = [jobs.create(None, wait) for _ in range(2)]
        await turns()
        made.append(jobs.create(None, wait))
        with pytest.raises(QueueFull, match=r"^2 benchmarks wait already\. Cancel one, or wait until one has ended\.$"):
            jobs.create(None, wait)
        await jobs.cancel(made[1].id)
        assert jobs.create(None, wait).state == "queued"
        await jobs.close()

    asyncio.run(run())


def test_time_left_is_known_only_while_it_runs():
    async def run():
        jobs, gate = Jobs(), asyncio.Event()

        async def work(entry):
            assert entry.left_s is None
            entry.ends_s = asyncio.get_running_loop().time() + 1000
            await gate.wait()

        one = jobs.create(None, work)
        assert one.left_s is None
        await turns()
        assert 0 < one.left_s <= 1000
        gate.set()
        await turns()
        assert (one.state, one.left_s) == ("done", None)

    asyncio.run(run())


def test_a_failure_is_its_sentence_and_the_next_one_runs():
    async def run():
        jobs = Jobs()

        async def fails(entry):
            raise JobFailed("It is broken.")

        async def works(entry):
            entry.result.append(1)

        one, two = jobs.create([], fails), jobs.create([], works)
        await turns(10)
        assert (one.state, one.message) == ("failed", "It is broken.")
        assert (two.state, two.result) == ("done", [1])

    asyncio.run(run())


@pytest.mark.parametrize("kept", [1, 3])
def test_only_the_latest_are_kept(kept):
    async def run():
        jobs = Jobs(kept=kept)

        async def works(entry):
            pass

        made = []
        for number in range(6):
            made.append(jobs.create(number, works))
            await turns(10)
        assert [jobs.get(one.id) is not None for one in made] == [False] * (6 - kept) + [True] * kept
        assert jobs.latest(lambda number: number < 6).result == 5
        assert jobs.latest(lambda number: number < 0) is None

    asyncio.run(run())
