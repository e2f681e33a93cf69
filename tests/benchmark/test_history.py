"""The file of earlier figures: bounded, whole at any moment, and never in the way."""

import json
import multiprocessing
import os

import pytest

from tests.benchmark.past import past
from tfgpu_lab.benchmark import history
from tfgpu_lab.benchmark.history import History


def test_keeps_figures_in_order(tmp_path):
    kept = History(tmp_path / "new" / "folder")
    assert kept.read().figures == []
    assert kept.add([past()]) is None
    assert kept.add([past(dtype="float32"), past(dtype="tf32")]) is None
    assert [one.dtype for one in kept.read().figures] == ["float16", "float32", "tf32"]
    assert json.loads(kept.path.read_text())["schema"] == 1


def test_the_oldest_of_a_device_give_way_and_others_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "MOST_OF_ONE", 3)
    kept = History(tmp_path)
    kept.add([past(device_id="other")])
    for at_s in range(5):
        kept.add([past(at_s=float(at_s))])
    assert [(one.device_id, one.at_s) for one in kept.read().figures][1:] == [("aa", 2.0), ("aa", 3.0), ("aa", 4.0)]
    assert kept.read().figures[0].device_id == "other"


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', '{"schema": 1, "figures": [{"at_s": "then"}]}', "[]"])
def test_a_damaged_file_is_said_and_put_aside(tmp_path, text):
    kept = History(tmp_path)
    kept.path.write_text(text)
    found = kept.read()
    assert found.figures == []
    assert found.problem == (
        f"The file of earlier benchmarks was damaged; it will be put aside as {tmp_path / 'benchmarks.damaged.json'}."
    )
    assert kept.add([past()]) is None
    assert len(kept.read().figures) == 1
    assert kept.read().problem is None
    assert (tmp_path / "benchmarks.damaged.json").read_text() == text


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    kept = History(tmp_path)
    text = '{"schema": 2, "figures": {"in": "another way"}}'
    kept.path.write_text(text)
    assert "newer version" in kept.read().problem
    assert "newer version" in kept.add([past()])
    assert kept.path.read_text() == text


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    said = History(tmp_path / "file").add([past()])
    assert said.startswith("This benchmark could not be kept: ")
    assert said.endswith(".")


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    kept = History(tmp_path)
    kept.add([past()])

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in kept.add([past()])
    assert len(kept.read().figures) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"benchmarks.json", "benchmarks.lock"}


def write(folder, name):
    history.LOCK_S = 60.0  # of this process: on a busy machine, the others' turns take long
    for _ in range(20):
        assert History(folder).add([past(device_id=name)]) is None


def test_several_processes_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(tmp_path, str(n))) for n in range(3)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
        assert one.exitcode == 0
    assert len(History(tmp_path).read().figures) == 60


def test_a_lock_that_somebody_keeps_is_said_and_does_not_hang(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(history, "LOCK_S", 0.1)
    with (tmp_path / "benchmarks.lock").open("w") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        assert "could not be kept" in History(tmp_path).add([past()])
    assert History(tmp_path).add([past()]) is None


@pytest.mark.parametrize("content", [b'{"schema": 1, "figures": [{"device": "\xff"}]}', b"[" * 200_000])
def test_what_is_no_text_is_damaged_and_put_aside(tmp_path, content):
    (tmp_path / "benchmarks.json").write_bytes(content)
    assert "damaged" in History(tmp_path).read().problem
    assert History(tmp_path).add([past()]) is None
    assert len(History(tmp_path).read().figures) == 1


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / "mine").write_text("kept")
    (tmp_path / "benchmarks.lock").symlink_to(tmp_path / "mine")
    assert "could not be kept" in History(tmp_path).add([past()])
    assert (tmp_path / "mine").read_text() == "kept"
