"""`kernels` over HTTP, with real ipykernels: forecast before the import, observation after it."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from tornado.httpclient import HTTPClientError

from tfgpu_lab.server.environments import CannotLaunch, Environments


@pytest.fixture
def kernel(start, jp_asyncio_loop):
    """The id of a running kernel of the environment that runs the tests."""

    async def one():
        return (await start(kernel_name="python3"))[0]

    return jp_asyncio_loop.run_until_complete(one())


@pytest.fixture
def manager(kernels, kernel):
    """Jupyter Server's manager of the kernel."""
    return kernels.get_kernel(kernel)


async def report(jp_fetch, kernel_id):
    return json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel_id)).body)


@pytest.mark.tensorflow
async def test_forecasts_before_the_import_and_observes_after_it(jp_fetch, kernel, manager, tab):
    before = await report(jp_fetch, kernel)
    assert before["live_unavailable"] is None
    assert (before["verdict"], before["basis"]) == ("not-loaded", "observed")
    assert before["forecast"] in {"cpu-only", "cpu-fallback", "gpu-ready"}
    assert before["environment"]["tensorflow"]["is_cuda_build"]

    async with tab(manager) as it:
        await it.run("import tensorflow as tf; tf.constant(1);")
    after = await report(jp_fetch, kernel)
    assert after["basis"] == "observed"
    assert after["live"]["tensorflow"]["context"] == "initialized"
    assert after["verdict"] in {"cpu-only", "cpu-fallback", "gpu"}
    if after["verdict"] != "gpu":
        assert after["label"].startswith("CPU: ")
        assert after["findings"][0]["role"] == "cause"
        assert after["findings"][0]["evidence"]


async def test_answers_while_a_cell_runs(jp_fetch, kernel, manager, tab, until):
    async with tab(manager) as it:
        sent = await it.running("input_ = 0\nwhile not input_:\n    __import__('time').sleep(0.01)")
        await until(lambda: manager.execution_state == "busy")
        during = await report(jp_fetch, kernel)
        assert during["execution_state"] == "busy"
        assert during["live"]["pid"]
        assert manager.execution_state == "busy"
        await manager.interrupt_kernel()
        assert (await it.end(sent))["ename"] == "KeyboardInterrupt"


async def test_a_restarted_kernel_is_seen_anew(jp_fetch, kernels, kernel):
    first = await report(jp_fetch, kernel)
    await kernels.restart_kernel(kernel)
    second = await report(jp_fetch, kernel)
    assert second["live"]["pid"] != first["live"]["pid"]


async def test_what_a_cell_changes_in_the_environment_is_seen(jp_fetch, kernel, manager, tab):
    await report(jp_fetch, kernel)
    async with tab(manager) as it:
        await it.run("import os; os.environ['CUDA_VISIBLE_DEVICES'] = '-1'")
    after = await report(jp_fetch, kernel)
    seen = {v["name"]: (v["at_start"], v["now"]) for v in after["environment"]["variables"]}
    assert seen["CUDA_VISIBLE_DEVICES"] == (None, "-1")
    assert "cvd-hides-gpu" in {finding["id"] for finding in after["findings"]}


async def test_the_environment_is_probed_once_and_again_when_asked(jp_fetch, kernel, monkeypatch):
    from tfgpu_lab.server import environments

    asked = []
    probe = environments.probe

    async def counted(*arguments, **options):
        asked.append(1)
        return await probe(*arguments, **options)

    monkeypatch.setattr(environments, "probe", counted)
    await asyncio.gather(*(report(jp_fetch, kernel) for _ in range(5)))
    await report(jp_fetch, kernel)
    assert len(asked) == 1
    response = await jp_fetch("tfgpu-lab", "kernels", kernel, "probe", method="POST", body='{"import": false}')
    assert json.loads(response.body)["kernel_id"] == kernel
    assert len(asked) == 2


@pytest.mark.tensorflow
async def test_confirms_by_an_import_in_a_fresh_process(jp_fetch, kernel, manager, tab):
    response = await jp_fetch(
        "tfgpu-lab", "kernels", kernel, "probe", method="POST", body='{"import": true}', request_timeout=120
    )
    answer = json.loads(response.body)
    confirmation = answer["confirmation"]
    assert confirmation["failure"] is None
    assert confirmation["tensorflow_version"]
    assert answer["live"]["tensorflow"] is None, "the kernel itself must not be touched"
    listed = bool(confirmation["gpus"])
    assert (answer["forecast"] == "gpu-ready") == listed
    assert "a fresh process TensorFlow" in answer["reason"]

    assert (await report(jp_fetch, kernel))["confirmation"] == confirmation, "kept while nothing changes"
    async with tab(manager) as it:
        await it.run("import os; os.environ['CUDA_VISIBLE_DEVICES'] = '-1'")
    assert (await report(jp_fetch, kernel))["confirmation"] is None, "an answer of another environment"


async def test_lists_one_row_a_kernel(jp_fetch, kernel):
    rows = json.loads((await jp_fetch("tfgpu-lab", "kernels")).body)["kernels"]
    assert [row["kernel_id"] for row in rows] == [kernel]
    assert rows[0]["reason"]


async def test_no_question_moves_the_activity_that_culling_looks_at(jp_fetch, jp_serverapp, kernel, manager):
    await report(jp_fetch, kernel)
    before, api_before = manager.last_activity, jp_serverapp.web_app.settings.get("api_last_activity")
    for _ in range(3):
        await report(jp_fetch, kernel)
    assert manager.last_activity == before
    assert jp_serverapp.web_app.settings.get("api_last_activity") == api_before


def test_a_kernel_without_a_process_is_not_taken_for_one_behind_a_gateway():
    with pytest.raises(CannotLaunch, match="starts, restarts or shuts down"):
        Environments(None, timeout_s=1).launch(SimpleNamespace(provisioner=None), None)


async def problem(fetching):
    with pytest.raises(HTTPClientError) as raised:
        await fetching
    return raised.value.code, json.loads(raised.value.response.body)


async def test_an_unknown_kernel_is_a_404_with_a_sentence(jp_fetch):
    missing = "00000000-0000-0000-0000-000000000000"
    code, answer = await problem(jp_fetch("tfgpu-lab", "kernels", missing))
    assert (code, answer["reason"]) == (404, "no-such-kernel")
    assert answer["message"].endswith(".")


@pytest.mark.parametrize(
    ("body", "field"),
    [('{"import": "yes"}', "import"), ('{"imprt": true}', "imprt"), ("[", None)],
)
async def test_a_bad_body_is_a_400_that_names_the_field(jp_fetch, kernel, body, field):
    code, answer = await problem(jp_fetch("tfgpu-lab", "kernels", kernel, "probe", method="POST", body=body))
    assert (code, answer["reason"], answer.get("field")) == (400, "bad-request", field)
