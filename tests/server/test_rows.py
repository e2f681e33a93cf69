"""The list of kernels: who is asked again, and who is not."""

import asyncio
import json

import pytest


@pytest.fixture
def rows(jp_fetch):
    """Fetch the list, by kernel id."""

    async def fetch():
        listed = json.loads((await jp_fetch("tfgpu-lab", "kernels")).body)["kernels"]
        return {row["kernel_id"]: row for row in listed}

    return fetch


@pytest.fixture
def asked(jp_serverapp, monkeypatch):
    """The kernels whose agents were read, in order."""
    agents = jp_serverapp.web_app.settings["tfgpu_lab"].reporter._agents
    read, seen = agents.read, []

    async def noted(kernel_id, manager):
        seen.append(kernel_id)
        return await read(kernel_id, manager)

    monkeypatch.setattr(agents, "read", noted)
    return seen


async def settled(rows, asked):
    """Fetch until nobody is asked any more: a kernel's start ends with the agent's entry, which is an activity."""
    for _ in range(20):
        asked.clear()
        await rows()
        if not asked:
            return
        await asyncio.sleep(0.1)


async def test_a_kernel_that_has_run_nothing_is_not_asked_again(rows, start, tab, asked):
    quiet, _ = await start()
    used, manager = await start()
    first = await rows()
    assert set(asked) == {quiet, used}
    await settled(rows, asked)
    assert await rows() == first
    assert asked == []
    async with tab(manager) as it:
        await it.run("1")
        await rows()
    assert asked == [used]


async def test_a_busy_kernel_is_asked_each_time(rows, start, tab, asked, until):
    kernel_id, manager = await start()
    async with tab(manager) as it:
        running = asyncio.ensure_future(it.run("import time; time.sleep(3)"))
        await until(lambda: manager.execution_state == "busy")
        asked.clear()
        await rows()
        await rows()
        await running
    assert asked == [kernel_id, kernel_id]


async def test_a_busy_kernel_is_asked_once_for_its_report_and_its_row(
    rows, start, tab, asked, until, jp_fetch, tmp_path
):
    kernel_id, manager = await start()
    await jp_fetch("tfgpu-lab", "kernels", kernel_id)  # the first one probes, and begins to watch
    async with tab(manager) as it:
        enough = tmp_path / "enough"
        waiting = f"import os, time\nwhile not os.path.exists({str(enough)!r}): time.sleep(0.05)"
        running = asyncio.ensure_future(it.run(waiting))
        await until(lambda: manager.execution_state == "busy")
        for _ in range(2):
            asked.clear()
            report = asyncio.ensure_future(jp_fetch("tfgpu-lab", "kernels", kernel_id))
            await until(lambda: asked)
            row = (await rows())[kernel_id]
            told = json.loads((await report).body)
            assert (row["verdict"], row["reason"]) == (told["verdict"], told["reason"])
            assert asked == [kernel_id]
        enough.touch()
        await running


async def test_a_change_outside_the_kernel_is_seen_after_a_while(rows, start, asked, monkeypatch):
    kernel_id, _ = await start()
    await settled(rows, asked)
    monkeypatch.setattr("tfgpu_lab.server.rows.KEPT_S", 0)
    await rows()
    assert asked == [kernel_id]


async def test_askers_at_once_share_one_look_and_the_gone_are_forgotten(rows, start, asked, kernels, jp_serverapp):
    kernel_id, _ = await start()
    answers = await asyncio.gather(*(rows() for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert asked == [kernel_id]
    await jp_serverapp.kernel_manager.shutdown_kernel(kernel_id, now=True)
    assert await rows() == {}
    services = jp_serverapp.web_app.settings["tfgpu_lab"]
    assert services.rows._judged == {}
    assert services.reporter._environments._entries == {}
    assert services.timeline.verdicts == {}


async def test_a_notebook_that_was_renamed_has_its_new_name_at_once(rows, start, jp_serverapp):
    kernel_id, _ = await start()
    sessions = jp_serverapp.session_manager
    session = await sessions.create_session(path="a.ipynb", name="a", type="notebook", kernel_id=kernel_id)
    assert (await rows())[kernel_id]["path"] == "a.ipynb"
    await sessions.update_session(session["id"], path="b.ipynb")
    assert (await rows())[kernel_id]["path"] == "b.ipynb"


async def test_a_kernel_that_answers_nonsense_does_not_hide_the_others(rows, start, jp_serverapp, monkeypatch, caplog):
    good, _ = await start()
    odd, _ = await start()
    reporter = jp_serverapp.web_app.settings["tfgpu_lab"].reporter
    glance = reporter.glance

    async def one(kernel_id, paths):
        if kernel_id == odd:
            raise AttributeError("'list' object has no attribute 'get'")
        return await glance(kernel_id, paths)

    monkeypatch.setattr(reporter, "glance", one)
    listed = await rows()
    assert set(listed) == {good, odd}
    assert listed[odd]["verdict"] == "unknown"
    assert listed[odd]["reason"].endswith(".")
    assert listed[good]["verdict"] != "unknown"
    await rows()
    assert len([record for record in caplog.records if odd in record.getMessage() and record.exc_info]) == 1
