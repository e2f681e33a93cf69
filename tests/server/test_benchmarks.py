"""`benchmarks` over HTTP: started, followed, queued, cancelled, kept, refused.

What a benchmark measures is shown in tests/end_to_end: here, TensorFlow mostly is a light one of numpy.
"""

import asyncio
import json

import pytest
from tornado.httpclient import HTTPClientError

from tests.benchmark import light


@pytest.fixture
def kernel(start, jp_asyncio_loop, jp_data_dir, request):
    """The id of a running kernel whose TensorFlow is a light one; its import takes a parameter's seconds."""

    async def one():
        return (await start(kernel_name=light.kernelspec(jp_data_dir, import_s=getattr(request, "param", 0.0))))[0]

    return jp_asyncio_loop.run_until_complete(one())


async def post(jp_fetch, **request):
    response = await jp_fetch("tfgpu-lab", "benchmarks", method="POST", body=json.dumps(request))
    assert response.code == 201
    job = json.loads(response.body)
    assert response.headers["Location"].endswith(f"/tfgpu-lab/benchmarks/{job['id']}")
    return job


async def ended(jp_fetch, job):
    """Return the job at its end, and the jobs that were seen on the way."""
    seen = []
    while job["state"] in {"queued", "running"}:
        await asyncio.sleep(0.1)
        job = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", job["id"])).body)
        seen.append(job)
    return job, seen


async def of_kernel(jp_fetch, kernel):
    return json.loads((await jp_fetch("tfgpu-lab", "benchmarks", params={"kernel_id": kernel})).body)


async def test_measures_proves_where_keeps_and_compares(jp_fetch, kernel):
    before = await of_kernel(jp_fetch, kernel)
    assert (before["job"], before["history"], before["problem"]) == (None, [], None)
    request = {"kernel_id": kernel, "device": "CPU:0", "dtypes": ["float32"], "sizes": [64]}
    job, seen = await ended(jp_fetch, await post(jp_fetch, **request))
    assert job["state"] == "done", job["message"]
    assert "CPU:0 float32, 64 x 64" in {one["step"] for one in seen}
    assert any((one["left_s"] or 0) > 0 for one in seen)
    (figure,) = job["result"]["throughputs"]
    assert figure["result_device"].endswith("device:CPU:0")
    assert 0 < figure["p10"] <= figure["throughput_tflops"] <= figure["p90"] <= figure["max"]
    assert figure["before"] is None

    again, _ = await ended(jp_fetch, await post(jp_fetch, **request))
    (second,) = again["result"]["throughputs"]
    assert second["before"]["throughput_tflops"] == figure["throughput_tflops"]
    known = await of_kernel(jp_fetch, kernel)
    assert known["job"] == again
    assert [one["throughput_tflops"] for one in known["history"]] == [
        second["throughput_tflops"],
        figure["throughput_tflops"],
    ]


@pytest.mark.parametrize("kernel", [60.0], indirect=True)
async def test_others_wait_and_say_so_and_there_are_not_too_many(jp_fetch, kernel):
    first = await post(jp_fetch, kernel_id=kernel)
    waiting = [await post(jp_fetch, kernel_id=kernel) for _ in range(8)]
    second = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", waiting[0]["id"])).body)
    assert second["state"] == "queued"
    assert second["message"] == "Another benchmark is before this one; two at once would slow each other."
    with pytest.raises(HTTPClientError) as raised:
        await post(jp_fetch, kernel_id=kernel)
    answer = json.loads(raised.value.response.body)
    assert (raised.value.code, answer["reason"]) == (409, "queue-full")
    assert answer["message"] == "8 benchmarks wait already. Cancel one, or wait until one has ended."
    for job in (*waiting, first):
        await jp_fetch("tfgpu-lab", "benchmarks", job["id"], method="DELETE")


async def test_the_past_is_that_of_a_kernel_and_what_cannot_be_read_is_said(jp_fetch, kernel, jp_data_dir):
    for params, code in [({}, 400), ({"kernel_id": "00000000-0000-0000-0000-000000000000"}, 404)]:
        with pytest.raises(HTTPClientError) as raised:
            await jp_fetch("tfgpu-lab", "benchmarks", params=params)
        answer = json.loads(raised.value.response.body)
        assert (raised.value.code, answer["field"]) == (code, "kernel_id")
    folder = jp_data_dir / "tfgpu-lab"
    folder.mkdir()
    (folder / "benchmarks.json").write_text("not JSON")
    assert "was damaged" in (await of_kernel(jp_fetch, kernel))["problem"]


@pytest.mark.tensorflow
async def test_is_cancelled_while_tensorflow_is_imported(jp_fetch, start):
    kernel, _ = await start(kernel_name="python3")
    job = await post(jp_fetch, kernel_id=kernel)
    while job["step"] != "Importing TensorFlow":
        await asyncio.sleep(0.02)
        job = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", job["id"])).body)
    job = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", job["id"], method="DELETE")).body)
    assert (job["state"], job["result"]) == ("cancelled", None)


REFUSED = [
    ({"kernel_id": "00000000-0000-0000-0000-000000000000"}, 404, "kernel_id"),
    ({"kernel_id": 7}, 400, "kernel_id"),
    ({"sizes": [8]}, 400, "sizes"),
    ({"sizes": [64] * 9}, 400, "sizes"),
    ({"device": "TPU:0"}, 400, "device"),
    ({"dtypes": ["int3"]}, 400, "dtypes"),
    ({"modes": ["fast"]}, 400, "modes"),
    ({"sweep": True, "sizes": [64]}, 400, "sizes"),
]


async def test_what_cannot_be_is_refused_with_its_field(jp_fetch, kernel):
    for request, code, field in REFUSED:
        body = {"kernel_id": kernel, **request}
        with pytest.raises(HTTPClientError) as raised:
            await jp_fetch("tfgpu-lab", "benchmarks", method="POST", body=json.dumps(body))
        answer = json.loads(raised.value.response.body)
        assert (request, raised.value.code, answer["field"]) == (request, code, field)
        assert answer["message"].endswith(".")
