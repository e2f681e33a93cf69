"""`kernels/{id}/placement` over HTTP, with a real kernel."""

import asyncio
import json

import pytest
from tornado.httpclient import HTTPClientError


@pytest.fixture
def kernel(start, jp_asyncio_loop):
    """The id of a running kernel of the environment that runs the tests."""

    async def one():
        return (await start(kernel_name="python3"))[0]

    return jp_asyncio_loop.run_until_complete(one())


@pytest.fixture
def placement(jp_fetch):
    """Ask for the offer, or with `look` for a look."""

    async def fetch(kernel_id, *, look=False, **body):
        options = {"method": "POST", "body": json.dumps(body)} if look else {}
        response = await jp_fetch("tfgpu-lab", "kernels", kernel_id, "placement", request_timeout=60, **options)
        return json.loads(response.body)

    return fetch


@pytest.fixture
def switched_off(jp_server_config):
    """Let nothing be done in kernels; ask for it before the server."""
    jp_server_config["TfGpuLab"] = {"instrument_kernels": False}


async def refusal(asking):
    with pytest.raises(HTTPClientError) as raised:
        await asking
    return raised.value.code, json.loads(raised.value.response.body)


@pytest.mark.tensorflow
@pytest.mark.timeout(200)
async def test_says_before_what_is_run_and_then_where_things_live(kernel, kernels, placement, tab):
    before = await placement(kernel)
    assert (before["possible"], before["last"]) == (False, None)
    assert "not imported" in before["why_not"]
    manager = kernels.get_kernel(kernel)
    async with tab(manager) as it:
        await it.run("import tensorflow as tf; weights = tf.Variable(tf.ones((1024, 256)))")
        offer = await placement(kernel)
        assert offer["possible"]
        assert "ANSWER" in offer["code"]
        assert "milliseconds" in offer["explains"]
        count = await it.run("print(len(In), repr(_), [n for n in dir() if n[0] != '_'])")
        seen = len(it.seen)

        found = await placement(kernel, look=True)
        (thing,) = found["things"]
        assert (thing["name"], thing["kind"]) == ("weights", "variable")
        assert [share["bytes"] for share in thing["values"]] == [1024 * 256 * 4]
        assert found["took_s"] < 60
        assert (await placement(kernel))["last"] == found

        assert "callback" in offer["follow_explains"]
        assert "enable_graph_collection" in offer["follow_code"]
        assert (offer["followed"], offer["followed_says"]) == (None, None)
        assert (await placement(kernel, look=True, follow=True))["following"]

        await it.run("pass", silent=True)
        ours = {kind for kind, _ in it.published()[seen:]}
        assert ours == {"status"}, "no output of any kind"
        after = await it.run("print(len(In), repr(_), [n for n in dir() if n[0] != '_'])")
        assert after.partition(" ")[2] == count.partition(" ")[2]
        assert int(after.split()[0]) == int(count.split()[0]) + 1
        await it.run("tf.nn.relu(weights)")
    later = await placement(kernel)
    assert later["last"] is None, "a cell was run since"
    assert later["followed"]["functions"] == 0, "the cell before this one was followed"
    assert "no new computation" in later["followed_says"]


async def test_a_running_cell_is_not_waited_for(kernel, kernels, placement, tab, until):
    manager = kernels.get_kernel(kernel)
    async with tab(manager) as it:
        sent = await it.running("import time; time.sleep(3)")
        await until(lambda: manager.execution_state == "busy")
        offer = await placement(kernel)
        assert "A cell runs" in offer["why_not"]
        code, problem = await refusal(placement(kernel, look=True))
        assert (code, problem["reason"]) == (409, "busy")
        assert "between two cells" in problem["message"]
        assert (await it.end(sent))["status"] == "ok"


async def test_who_asks_at_once_shares_one_look(kernel, placement):
    answers = await asyncio.gather(*(placement(kernel, look=True) for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert "No variable of the notebook" in answers[0]["says"]


async def test_a_look_that_fails_is_told(kernel, kernels, placement, tab):
    async with tab(kernels.get_kernel(kernel)) as it:
        await it.run("import time; time.perf_counter = lambda: 'now'")
    code, problem = await refusal(placement(kernel, look=True))
    assert (code, problem["reason"]) == (503, "unavailable")
    assert "could not tell: TypeError" in problem["message"]


async def test_where_looking_into_kernels_is_switched_off_nothing_is_run(switched_off, kernel, placement):
    offer = await placement(kernel)
    assert not offer["possible"]
    assert "switched off" in offer["why_not"]
    code, told = await refusal(placement(kernel, look=True))
    assert (code, "switched off" in told["message"]) == (503, True)


async def test_a_bad_body_is_a_400_that_names_the_field(kernel, placement):
    code, problem = await refusal(placement(kernel, look=True, follow="yes"))
    assert (code, problem["reason"], problem["field"]) == (400, "bad-request", "follow")


async def test_an_unknown_kernel_is_a_404(placement):
    missing = "00000000-0000-0000-0000-000000000000"
    assert (await refusal(placement(missing)))[0] == 404
    assert (await refusal(placement(missing, look=True)))[0] == 404
