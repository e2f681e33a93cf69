"""`tfgpu-lab`: exit statuses, JSON and pages of `explain` and of `doctor --import`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.diagnosis.log_cases import CREATED, LIBRARIES, NAMES
from tests.kernels import import_cases
from tfgpu_lab import cli
from tfgpu_lab.commands import explain

MASKED = NAMES["masked, 2.21"][0]


def run(*arguments, stdin=b"", env=None):
    command = [sys.executable, "-m", "tfgpu_lab", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, env=env, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def log(tmp_path):
    def write(text):
        path = tmp_path / "the log.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "status", "verdict"),
    [(CREATED, 0, "gpu"), (MASKED, 1, "cpu-fallback"), ("nothing of interest\n", 2, "unknown"), ("", 2, "unknown")],
)
def test_the_exit_status_says_the_verdict(log, capsys, text, status, verdict):
    assert cli.main(["explain", "--json", log(text)]) == status
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == verdict
    assert isinstance(answer["findings"], list)


def test_the_findings_are_findings(log, capsys):
    cli.main(["explain", "--json", log(MASKED)])
    finding = json.loads(capsys.readouterr().out)["findings"][0]
    assert finding["id"] == "cvd-hides-gpu"
    assert finding["family"] == "hidden-by-env"
    assert finding["role"] == "cause"
    assert finding["docs"].endswith("/cvd-hides-gpu.md")
    assert finding["fixes"][0]["kind"] == "restart-kernel"
    assert {"source", "observed", "expected"} == finding["evidence"][0].keys()
    assert any("hides all GPUs from CUDA" in one["observed"] for one in finding["evidence"])


@pytest.mark.parametrize("arguments", [("explain",), ("explain", "-")])
def test_reads_standard_input(arguments):
    status, out, err = run(*arguments, "--json", stdin=MASKED.encode("utf-16"))
    assert (status, json.loads(out)["findings"][0]["id"], err) == (1, "cvd-hides-gpu", "")


def test_a_page_quotes_the_lines_and_says_what_to_run(log, capsys):
    cli.main(["explain", log(LIBRARIES["some missing, 2.18"][0])])
    page = capsys.readouterr().out
    assert page.startswith("cpu-fallback: TensorFlow has no GPU in this log.")
    assert "line 1: " in page
    assert "Skipping registering GPU devices" in page
    assert "The log alone cannot decide. Next:" in page
    assert "TF_CPP_VMODULE=dso_loader=1" in page


@pytest.mark.parametrize("name", ["/no/such/file", "."])
def test_a_file_that_cannot_be_read_is_a_bad_argument(capsys, name):
    assert cli.main(["explain", name]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{name} cannot be read: " in said.err


def test_too_many_arguments_are_bad_arguments():
    assert run("explain", "a", "b")[0] == 3
    assert run("explain", "--kernel", "x")[0] == 3


def test_a_log_without_end_is_read_up_to_a_limit(capsys, monkeypatch):
    monkeypatch.setattr(explain, "LOG_LIMIT_BYTES", 3 << 20)
    assert cli.main(["explain", "--json", "/dev/zero"]) == 2
    assert json.loads(capsys.readouterr().out)["log"]["truncated"]


def test_a_reader_that_goes_away_is_no_error(log):
    command = f'"{sys.executable}" -m tfgpu_lab explain "{log(MASKED * 2000)}" | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert done.stderr == b""


@pytest.fixture
def python(tmp_path):
    """An interpreter whose `tensorflow` is a package of a given source."""

    def make(source):
        launch = import_cases.launch(tmp_path, source)
        start = tmp_path / "python"
        start.write_text(f'#!/bin/sh\nPYTHONPATH="{launch.env["PYTHONPATH"]}" exec "{sys.executable}" "$@"\n')
        start.chmod(0o755)
        return str(start)

    return make


def doctor(python, *arguments):
    env = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    status, out, _ = run("doctor", "--json", "--python", python, *arguments, env=env)
    return status, json.loads(out)


def test_doctor_follows_the_answer_of_tensorflow(python):
    status, report = doctor(python(import_cases.LISTS), "--import")
    assert (status, report["verdict"]) == (0, "gpu-ready")
    assert report["confirmation"]["gpus"][0]["device_name"] == "Simulated GPU"
    assert report["confirmation"]["missing_libraries"] == ["libcudnn.so.9"]
    assert "Simulated GPU" in report["reason"]


@pytest.mark.parametrize("arguments", [(), ("--no-import",)])
def test_doctor_imports_nothing_unless_asked(python, arguments):
    start = python(import_cases.HANGS)
    _, report = doctor(start, *arguments)
    assert report["confirmation"] is None
    assert not list(Path(start).parent.rglob("*.pids"))


def test_doctors_page_shows_the_answer(python, capsys):
    cli.main(["doctor", "--import", "--python", python(import_cases.LISTS)])
    assert "Import       Simulated GPU; not found: libcudnn.so.9" in capsys.readouterr().out
