"""Who may ask: nobody without a token, nobody against the authoriser; and the interface describes itself."""

import json

import pytest
from jupyter_server.auth.authorizer import AllowAllAuthorizer
from tornado.httpclient import HTTPClientError

from tfgpu_lab.server.routes import ROUTES

KERNEL = "00000000-0000-0000-0000-000000000000"
VERBS = [(verb, path) for path, handler in ROUTES for verb in ("get", "post", "delete") if verb in vars(handler)]


def parts(path):
    return path.format(kernel_id=KERNEL, benchmark_id="none", uuid="GPU-none", action="verify").split("/")


async def status(jp_fetch, verb, path, **options):
    body = "{}" if verb == "post" else None
    with pytest.raises(HTTPClientError) as raised:
        await jp_fetch("tfgpu-lab", *parts(path), method=verb.upper(), body=body, **options)
    answer = json.loads(raised.value.response.body)
    assert set(answer) <= {"message", "reason", "field"}
    return raised.value.code


@pytest.mark.parametrize(("verb", "path"), VERBS)
async def test_nobody_asks_without_a_token(jp_fetch, verb, path):
    assert await status(jp_fetch, verb, path, headers={"Authorization": "token wrong"}) == 403


class ReadOnly(AllowAllAuthorizer):
    """Lets users look and nothing else."""

    def is_authorized(self, handler, user, action, resource):
        return action == "read"


@pytest.fixture
def read_only(jp_serverapp):
    """A server whose users may only look."""
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)


@pytest.mark.parametrize(("verb", "path"), [(verb, path) for verb, path in VERBS if verb != "get"])
async def test_acting_needs_the_right_to_execute(jp_fetch, read_only, verb, path):
    assert await status(jp_fetch, verb, path) == 403


async def test_looking_needs_the_right_to_read(jp_fetch, read_only):
    assert (await jp_fetch("tfgpu-lab", "gpus")).code == 200


async def test_describes_every_verb(jp_fetch):
    answer = json.loads((await jp_fetch("tfgpu-lab", "openapi.json")).body)
    described = {(verb, path.removeprefix("/tfgpu-lab/")) for path, verbs in answer["paths"].items() for verb in verbs}
    assert described == {(verb, path) for verb, path in VERBS if path != "openapi.json"}
    driver = answer["components"]["schemas"]["Driver"]["properties"]["reason"]
    assert driver["description"].startswith("One sentence")
