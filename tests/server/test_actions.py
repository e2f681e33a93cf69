"""`kernels/{id}/actions` over HTTP: shown before it is done, done once, undone; with the verdict before and after."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from tornado.httpclient import HTTPClientError

GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}


@pytest.fixture
def kernel(start, jp_asyncio_loop):
    """The id of a running kernel of the environment that runs the tests."""

    async def one():
        return (await start(kernel_name="python3"))[0]

    return jp_asyncio_loop.run_until_complete(one())


@pytest.fixture
def folder(jp_data_dir):
    """The user's folder of kernelspecs, empty."""
    path = Path(jp_data_dir) / "kernels"
    shutil.rmtree(path, ignore_errors=True)  # pytest-jupyter puts one there
    path.mkdir()
    return path


@pytest.fixture
def offers(jp_fetch):
    """Return the offers of a kernel by name."""

    async def fetch(kernel_id):
        answer = json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel_id, "actions")).body)
        assert answer["kernel_id"] == kernel_id
        return {one["action"]: one for one in answer["offers"]}

    return fetch


@pytest.fixture
def act(jp_fetch):
    """Do an action."""

    async def post(kernel_id, action, **body):
        address = ("tfgpu-lab", "kernels", kernel_id, "actions", action)
        response = await jp_fetch(*address, method="POST", body=json.dumps(body), request_timeout=60)
        return json.loads(response.body)

    return post


@pytest.fixture
def refused(act):
    """Do an action that is refused; return the status and the problem."""

    async def post(*arguments, **body):
        with pytest.raises(HTTPClientError) as raised:
            await act(*arguments, **body)
        problem = json.loads(raised.value.response.body)
        assert problem["message"].endswith(".")
        return raised.value.code, problem

    return post


async def test_every_action_is_offered_with_what_it_would_do(kernel, offers):
    listed = await offers(kernel)
    names = ["verify", "memory-growth", "preload-library", "restart", "create-kernelspec", "remove-kernelspec"]
    assert list(listed) == names
    for one in listed.values():
        assert one["possible"] == (one["why_not"] is None)
        assert one["cells"] or one["files"] or one["effect"] == "restart" or not one["possible"]
    assert not listed["remove-kernelspec"]["possible"]


async def test_code_is_handed_over_and_not_run(kernel, act, kernels, tab):
    result = await act(kernel, "verify")
    assert (result["done"], result["after"], len(result["cells"])) == (False, None, 3)
    assert result["before"]["verdict"] == result["report"]["verdict"] == "not-loaded"
    async with tab(kernels.get_kernel(kernel)) as it:
        assert await it.run("import sys; print('tensorflow' in sys.modules, len(In))") == "False 2\n"


@pytest.mark.tensorflow
@pytest.mark.timeout(200)
async def test_the_verification_runs_and_the_verdict_is_seen_anew(kernel, act, kernels, jp_fetch, tab):
    result = await act(kernel, "verify")
    async with tab(kernels.get_kernel(kernel)) as it:
        printed = "".join([await it.run(cell["code"]) for cell in result["cells"]])
    assert "Physical devices: ['/physical_device:CPU:0'" in printed
    assert "The weights of a fitted model are on: /job:localhost" in printed
    after = json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel)).body)
    assert (after["verdict"] == "gpu") == ("The GPU computes." in printed)
    assert ("TensorFlow fell back" in printed) == (after["verdict"] != "gpu")
    late = await act(kernel, "memory-growth") if after["verdict"] == "gpu" else None
    assert late is None or "too late" in late["says"]


async def test_a_kernelspec_is_previewed_made_used_and_removed(kernel, act, offers, refused, kernels, start, folder):
    offer = (await offers(kernel))["create-kernelspec"]
    preview = await act(kernel, "create-kernelspec", preview=True, **_body(offer))
    assert (preview["done"], preview["files"]) == (False, offer["files"])
    assert list(folder.iterdir()) == []

    made = await act(kernel, "create-kernelspec", variables=GROWTH)
    (change,) = made["files"]
    assert (folder / made["kernelspec"] / "kernel.json").read_text() == change["after"]
    assert change["path"] == str(folder / made["kernelspec"] / "kernel.json")
    assert made["done"]
    assert made["before"]["verdict"] == "not-loaded"
    assert made["after"]["verdict"] in {"cpu-only", "cpu-fallback", "gpu-ready", "no-tensorflow"}
    name = made["kernelspec"]

    second, manager = await start(kernel_name=name)
    assert "TF_FORCE_GPU_ALLOW_GROWTH" in manager.kernel_spec.display_name
    report = made["report"]
    assert report["kernel_id"] == kernel, "the running kernel stays as it is"
    code, problem = await refused(second, "remove-kernelspec")
    assert (code, problem["reason"]) == (409, "not-possible")
    assert "first choose python3" in problem["message"]
    await kernels.shutdown_kernel(second, now=True)

    assert (await offers(kernel))["remove-kernelspec"]["request"]["kernelspec"] == name
    gone = await act(kernel, "remove-kernelspec", kernelspec=name)
    assert (gone["done"], gone["files"][0]["after"]) == (True, None)
    assert list(folder.iterdir()) == []
    assert (await refused(kernel, "remove-kernelspec"))[0] == 409


async def test_the_variables_of_a_made_kernelspec_reach_its_kernel(kernel, act, start, tab):
    made = await act(kernel, "create-kernelspec", variables={"XLA_FLAGS": "--xla_gpu_cuda_data_dir=/opt/a b"})
    _, manager = await start(kernel_name=made["kernelspec"])
    async with tab(manager) as it:
        assert await it.run("import os; print(os.environ['XLA_FLAGS'])") == "--xla_gpu_cuda_data_dir=/opt/a b\n"


async def test_a_restart_is_done_once_and_the_new_process_is_judged(kernel, act, kernels, tab):
    manager = kernels.get_kernel(kernel)
    async with tab(manager) as it:
        await it.run("x = 1")
    both = await asyncio.gather(act(kernel, "restart"), act(kernel, "restart"), return_exceptions=True)
    (refusal,) = (one for one in both if isinstance(one, HTTPClientError))
    assert (refusal.code, json.loads(refusal.response.body)["reason"]) == (409, "not-possible")
    (result,) = (one for one in both if one is not refusal)
    assert result["done"]
    assert result["report"]["live_unavailable"] is None
    assert result["report"]["live"]["pid"] == manager.provisioner.pid
    assert result["after"]["verdict"] == "not-loaded"
    async with tab(manager) as it:
        assert await it.run("print('x' in dir())") == "False\n"


@pytest.mark.parametrize(
    ("action", "body", "status", "reason", "field"),
    [
        ("format-disk", {}, 404, "no-such-action", None),
        ("create-kernelspec", {"variables": {"A B": "1"}}, 400, "bad-request", "variables"),
        ("create-kernelspec", {"variables": {}}, 400, "bad-request", "variables"),
        ("create-kernelspec", {"variables": GROWTH, "kernelspec": "../x"}, 400, "bad-request", "kernelspec"),
        ("create-kernelspec", {"variables": GROWTH, "path": "/"}, 400, "bad-request", "path"),
        ("create-kernelspec", {"variables": {"A": 1}}, 400, "bad-request", "variables"),
        ("verify", {"variables": GROWTH}, 400, "bad-request", "variables"),
        ("restart", {"kernelspec": "x"}, 400, "bad-request", "kernelspec"),
        ("remove-kernelspec", {"kernelspec": "python3"}, 409, "not-possible", None),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_sentence(kernel, refused, action, body, status, reason, field):
    code, problem = await refused(kernel, action, **body)
    assert (code, problem["reason"], problem.get("field")) == (status, reason, field)


async def test_a_kernelspec_that_cannot_be_written_is_a_503(kernel, refused, folder):
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    code, problem = await refused(kernel, "create-kernelspec", variables=GROWTH)
    assert (code, problem["reason"]) == (503, "failed")


async def test_an_unknown_kernel_is_a_404(jp_fetch, refused):
    missing = "00000000-0000-0000-0000-000000000000"
    assert (await refused(missing, "verify"))[0] == 404
    with pytest.raises(HTTPClientError) as raised:
        await jp_fetch("tfgpu-lab", "kernels", missing, "actions")
    assert raised.value.code == 404


def _body(offer):
    return {name: value for name, value in offer["request"].items() if name != "preview"}
