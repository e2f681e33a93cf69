"""`benchmarks` over HTTP: started, followed, cancelled, refused."""

import asyncio
import json

import pytest
from tornado.httpclient import HTTPClientError


@pytest.fixture
def kernel(start, jp_asyncio_loop):
    """The id of a running kernel."""

    async def one():
        return (await start(kernel_name="python3"))[0]

    return jp_asyncio_loop.run_until_complete(one())


async def post(jp_fetch, **request):
    response = await jp_fetch("tfgpu-lab", "benchmarks", method="POST", body=json.dumps(request))
    assert response.code == 201
    job = json.loads(response.body)
    assert response.headers["Location"].endswith(f"/tfgpu-lab/benchmarks/{job['id']}")
    return job


@pytest.mark.tensorflow
async def test_measures_and_proves_where(jp_fetch, kernel):
    job = await post(jp_fetch, kernel_id=kernel, device="CPU:0", dtypes=["float32"], sizes=[64])
    seen = set()
    while job["state"] in {"queued", "running"}:
        await asyncio.sleep(0.1)
        job = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", job["id"])).body)
        seen.add(job["step"])
    assert job["state"] == "done", job["message"]
    assert "Importing TensorFlow" in seen
    (figure,) = job["result"]["throughputs"]
    assert figure["result_device"].endswith("device:CPU:0")
    assert 0 < figure["p10"] <= figure["throughput_tflops"] <= figure["p90"] <= figure["max"]


@pytest.mark.tensorflow
async def test_is_cancelled_at_once(jp_fetch, kernel):
    job = await post(jp_fetch, kernel_id=kernel)
    job = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", job["id"], method="DELETE")).body)
    assert (job["state"], job["result"]) == ("cancelled", None)


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        ({"kernel_id": "00000000-0000-0000-0000-000000000000"}, 404, "kernel_id"),
        ({}, 400, "kernel_id"),
        ({"sizes": [8]}, 400, "sizes"),
        ({"sizes": [64] * 9}, 400, "sizes"),
        ({"device": "TPU:0"}, 400, "device"),
        ({"dtypes": ["int3"]}, 400, "dtypes"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(jp_fetch, kernel, request_, code, field):
    body = {"kernel_id": kernel, **request_} if request_ else {}
    with pytest.raises(HTTPClientError) as raised:
        await jp_fetch("tfgpu-lab", "benchmarks", method="POST", body=json.dumps(body))
    answer = json.loads(raised.value.response.body)
    assert (raised.value.code, answer["field"]) == (code, field)
    assert answer["message"].endswith(".")
