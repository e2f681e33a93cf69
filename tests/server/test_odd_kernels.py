"""A kernel about which something cannot be read is told with the reason, over HTTP: never a status of 500."""

import json
import sys

import pytest
from tornado.httpclient import HTTPClientError

from tfgpu_lab.kernels.channel import LocalChannel


@pytest.fixture
def spec(jp_data_dir):
    """The kernel.json of a kernelspec of the test's own, named odd."""
    path = jp_data_dir / "kernels" / "odd" / "kernel.json"
    path.parent.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path.write_text(json.dumps({"argv": argv, "display_name": "Odd", "language": "python"}))
    return path


async def test_what_answers_nonsense_or_is_being_edited_is_no_error_of_the_server(spec, start, jp_fetch, monkeypatch):
    kernel_id, _ = await start(kernel_name="odd")
    ask = LocalChannel.ask

    async def odd(channel, question, content):
        answer = await ask(channel, question, content)
        if question in {"comm_info_request", "debug_request"}:
            return {"comms": ["tfgpu-lab-agent"], "body": ["tfgpu:"]}
        return {**answer, "language_info": ["python"]} if question == "kernel_info_request" else answer

    async def fetch(*path, **options):
        return json.loads((await jp_fetch("tfgpu-lab", *path, request_timeout=60, **options)).body)

    monkeypatch.setattr(LocalChannel, "ask", odd)
    whole = spec.read_text()
    spec.write_text(whole[: len(whole) // 2])  # as an editor may leave it for a moment
    report = await fetch("kernels", kernel_id)
    assert (report["verdict"], report["live"]) == ("unknown", None)
    assert "kernelspec odd cannot be read now" in report["environment_unavailable"]
    offers = {one["action"]: one for one in (await fetch("kernels", kernel_id, "actions"))["offers"]}
    assert "kernelspec odd cannot be read now" in offers["create-kernelspec"]["why_not"]
    confirmed = await fetch("kernels", kernel_id, "probe", method="POST", body='{"import": true}')
    assert "kernelspec odd cannot be read now" in confirmed["confirmation"]["failure"]
    with pytest.raises(HTTPClientError) as refused:
        await fetch(
            "kernels", kernel_id, "actions", "create-kernelspec", method="POST", body='{"variables": {"A": "b"}}'
        )
    assert (refused.value.code, json.loads(refused.value.response.body)["reason"]) == (409, "not-possible")
    assert [row["verdict"] for row in (await fetch("kernels"))["kernels"]] == ["unknown"]
    spec.write_text(whole)
    offers = {one["action"]: one for one in (await fetch("kernels", kernel_id, "actions"))["offers"]}
    assert offers["create-kernelspec"]["why_not"] is None or "variable" in offers["create-kernelspec"]["why_not"]
