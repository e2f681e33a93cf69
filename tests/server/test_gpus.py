"""`gpus` over HTTP, on this machine."""

import json

import pytest
from tornado.httpclient import HTTPClientError


async def test_says_which_gpus_there_are_or_why_none(jp_fetch):
    answer = json.loads((await jp_fetch("tfgpu-lab", "gpus")).body)
    if answer["devices"]:
        assert answer["error"] is None
        assert answer["samples"][-1]["seq"] == answer["seq"]
    else:
        assert answer["error"].endswith(".")
        assert answer["driver"]["state"] != "ok" or "lists no GPU" in answer["error"]


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "9" * 20])
async def test_a_bad_cursor_is_a_400_that_names_it(jp_fetch, since):
    with pytest.raises(HTTPClientError) as raised:
        await jp_fetch("tfgpu-lab", "gpus", params={"since": since})
    assert raised.value.code == 400
    assert json.loads(raised.value.response.body)["field"] == "since"
