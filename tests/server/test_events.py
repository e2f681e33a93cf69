"""The timeline: in a ring for the panel, and as Jupyter events for the operator."""

import json

import msgspec
import pytest

from tests import scenario
from tests.kernels.gpus import live, tensorflow
from tfgpu_lab.kernels.binding import unwatched
from tfgpu_lab.models.event import Happening
from tfgpu_lab.models.live import LiveOutOfMemory
from tfgpu_lab.models.process import GpuUse
from tfgpu_lab.server.timeline import KEPT, SCHEMA, Timeline


@pytest.fixture
def events(jp_fetch):
    """Fetch the timeline."""

    async def fetch(since=0):
        return json.loads((await jp_fetch("tfgpu-lab", "events", params={"since": since})).body)

    return fetch


async def test_a_gpu_lost_and_returned_is_told_to_the_panel_and_to_the_operator(
    nvml, quick, gpus, events, jp_serverapp, until
):
    heard = []

    async def listener(logger, schema_id, data):
        heard.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=SCHEMA, listener=listener)
    nvml.say("gpus 2")
    first = await gpus()
    nvml.add(f"error * {scenario.LOST} 1")
    await gpus(lambda answer: answer["devices"][1]["state"] == "lost")
    nvml.say("gpus 2")
    await gpus(lambda answer: answer["devices"][1]["state"] == "ok")
    await until(lambda: len(heard) == 2)
    answer = await events()
    assert [event["kind"] for event in answer["events"]] == ["gpu-lost", "gpu-returned"]
    lost = answer["events"][0]
    assert (lost["gpu_index"], lost["gpu_uuid"], lost["kernel_id"]) == (1, first["devices"][1]["uuid"], None)
    assert lost["text"].endswith(".")
    assert [event["seq"] for event in (await events(lost["seq"]))["events"]] == [answer["seq"]]
    assert (heard[0]["kind"], heard[0]["gpu_uuid"]) == ("gpu-lost", lost["gpu_uuid"])
    assert "kernel_id" not in heard[0]


@pytest.mark.parametrize("kind", Happening.__annotations__["kind"].__args__)
def test_the_schema_takes_every_kind(kind, jp_event_logger):
    timeline = Timeline(jp_event_logger)
    timeline.register()
    timeline.register()  # a second server in the process
    timeline.add([Happening(kind=kind, text="It happened.", gpu_index=0, gpu_uuid="GPU-1", kernel_id="k")])
    assert timeline.since(0).events[0].kind == kind
    assert len(jp_event_logger.seen) == 1


@pytest.fixture
def jp_event_logger():
    """An event logger with a handler that keeps what is emitted, after validation."""
    import logging

    from jupyter_events import EventLogger

    class Kept(logging.Handler):
        def emit(self, record):
            logger.seen.append(record.msg)

    logger = EventLogger()
    logger.seen = []
    logger.register_handler(Kept())
    return logger


def test_keeps_the_latest_and_gives_all_to_a_cursor_of_another_life(jp_event_logger):
    timeline = Timeline(jp_event_logger)
    timeline.register()
    timeline.add(Happening(kind="gpu-lost", text="x") for _ in range(KEPT + 5))
    assert [event.seq for event in timeline.since(0).events] == list(range(6, KEPT + 6))
    assert timeline.since(KEPT + 4).events[0].seq == KEPT + 5
    assert len(timeline.since(10**9).events) == KEPT


@pytest.fixture
def judged(jp_event_logger):
    """A timeline that hears verdicts: `judged(verdict, basis)`; returns the kinds so far."""
    timeline = Timeline(jp_event_logger)
    timeline.register()

    class Report:
        kernel_id, findings = "k", ()

    def judge(verdict, basis="observed", uses=(), live=None):
        report = Report()
        report.verdict, report.basis, report.live = verdict, basis, live
        report.binding = msgspec.structs.replace(unwatched("x."), gpus=list(uses or ()))
        timeline.judged(report)
        return [event.kind for event in timeline.since(0).events]

    judge.timeline = timeline
    return judge


def test_a_kernel_that_falls_back_or_begins_on_a_gpu_is_told_once(judged):
    assert judged("not-loaded") == []
    assert judged("cpu-fallback", "forecast") == []  # a forecast is no event
    judged("not-loaded")
    assert judged("cpu-fallback") == ["kernel-fell-back"]
    assert judged("cpu-fallback") == ["kernel-fell-back"]
    judged("not-loaded")  # restarted
    assert judged("gpu") == ["kernel-fell-back", "kernel-initialised"]


def use(index, device):
    return GpuUse(
        uuid=f"GPU-{index}",
        index=index,
        mig_uuid=None,
        tensorflow_device=device,
        pids=[],
        memory_used_bytes=None,
        certainty="inferred",
        note=None,
    )


@pytest.mark.parametrize(
    ("uses", "text", "index"),
    [
        ([use(3, "GPU:0")], "TensorFlow in this kernel was initialised on GPU 3.", 3),
        (
            [use(0, "GPU:1"), use(2, "GPU:0"), use(5, None)],
            "TensorFlow in this kernel was initialised on GPU 0, 2.",
            None,
        ),
        ([use(5, None)], "TensorFlow in this kernel was initialised with a GPU.", None),  # another library's
        (None, "TensorFlow in this kernel was initialised with a GPU.", None),  # nobody watches the GPUs
    ],
)
def test_the_gpu_on_which_tensorflow_begins_is_named_where_it_is_known(judged, uses, text, index):
    judged("gpu", uses=uses)
    (event,) = judged.timeline.since(0).events
    assert (event.text, event.gpu_index) == (text, index)
    assert event.gpu_uuid == (None if index is None else f"GPU-{index}")


def test_the_gpu_whose_memory_was_not_enough_is_named(judged):
    lack = LiveOutOfMemory(mark="1", device="GPU:0")
    judged("gpu", uses=[use(3, "GPU:0")], live=live(tensorflow(out_of_memory=lack)))
    event = judged.timeline.since(0).events[0]
    assert (event.kind, event.gpu_index, event.gpu_uuid) == ("kernel-out-of-memory", 3, "GPU-3")
    unnamed = LiveOutOfMemory(mark="2", device=None)
    judged("gpu", uses=[use(3, "GPU:0")], live=live(tensorflow(out_of_memory=unnamed)))
    assert judged.timeline.since(0).events[-1].gpu_index is None


def test_kernels_that_are_gone_are_forgotten(judged):
    judged("gpu")
    judged.timeline.keep([])
    assert judged.timeline.verdicts == {}


async def test_a_bad_cursor_names_the_field(jp_fetch):
    from tornado.httpclient import HTTPClientError

    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("tfgpu-lab", "events", params={"since": "-1"})
    assert json.loads(refused.value.response.body)["field"] == "since"
