"""The report of a bug: complete, and inert whatever the machine says of itself."""

import os
import re
import subprocess
import sys

import mistune
import msgspec
import pytest

from tests.diagnosis import cases_install, cases_kernel, cases_libraries, cases_machine, cases_shared
from tests.diagnosis.recorded import ON_GPU, TF221, E, machine, mask, variable
from tests.machines_changed import every_text
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee
from tfgpu_lab.models.confirmation import Confirmation
from tfgpu_lab.redaction import Identity
from tfgpu_lab.report import Report, block, code, markdown, prose

CASES = cases_install.CASES | cases_machine.CASES | cases_libraries.CASES | cases_kernel.CASES | cases_shared.CASES
ADA = Identity(homes=("/home/ada",), users=("ada",), hosts=("engine",))
HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert)",
    "`</code><b>bold</b>`",
    "``` \n# heading\n```",
    "| a | b |\n|---|---|",
    "@someone closes #1",
    "</details><details>",
    "\u202egnp.exe\x1b[2J",
    "&lt;b&gt;",
    "`" * 7 + "x",
]


def report(facts: Facts, log: str | None = None) -> str:
    findings = diagnose(facts)
    told = None if log is None else Confirmation(gpus=[], failure=None, tensorflow_version="2.21.0", log=log)
    whole = Report(
        judgement=foresee(facts, findings), findings=findings, environment=facts.environment, confirmation=told
    )
    return markdown(whole, ADA)


def html(text: str) -> str:
    """Render it as GitHub does, with HTML let through."""
    return str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url"])(text))


def test_it_says_what_was_found_why_and_what_mends_it():
    text = report(machine(TF221))
    assert text.startswith("# TensorFlow and the GPU\n\n**cpu-fallback**: TensorFlow would compute on the CPU")
    assert "### 1. TensorFlow 2.21.0 does not find the cuSOLVER that it installed" in text
    assert "`tf221-cusolver-runpath`, the cause, certain." in text
    assert "```python\nimport ctypes\n" in text
    assert '"~/project/.venv/bin/python" -m pip install "tensorflow[and-cuda]==2.20.0"' in text
    assert "TensorFlow was not imported" in text
    for fact in ("Python", "TensorFlow", "NVIDIA wheels", "CUDA driver", "NVML", "libcusolver.so.11", "Device files"):
        assert re.search(rf"\n- `?{re.escape(fact)}`?: ", text), fact
    assert "nvidia-cudnn-cu12 9." in text, "no version is taken for an address"
    assert "ada" not in text


def test_a_healthy_machine_has_no_findings():
    text = report(machine(ON_GPU))
    assert "\n## Findings\n\nNone.\n" in text


def test_tensorflows_own_messages_stand_in_it():
    text = report(
        machine(TF221), log="E0000 cuda_platform.cc:52] failed call to cuInit in /home/ada/x on engine\n" * 99
    )
    assert "held against a TensorFlow in a fresh process" in text
    assert "TensorFlow 2.21.0 lists no GPU, after" in text
    assert text.count("failed call to cuInit in ~/x on [host]") == 60


@pytest.mark.parametrize("cause", CASES)
def test_every_finding_renders(cause):
    for base, changes, _ in CASES[cause][0]:
        text = report(machine(base, changes))
        shown = html(text)
        assert f"<code>{cause}</code>" in shown
        assert "/home/ada" not in text


@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_that_the_machine_says_has_a_meaning(evil):
    """Every text of the facts is hostile: where Markdown gives it one, the rendered page has other elements."""
    tame, wild = (msgspec.convert(every_text(machine(TF221), value), Facts) for value in ("x", evil))
    assert tags(html(report(wild, log=evil))) == tags(html(report(tame, log="x")))


@pytest.mark.parametrize("evil", HOSTILE)
def test_a_value_in_a_title_has_no_meaning(evil):
    changes = {f"{E}variables": mask(evil, evil), f"{E}cuda": msgspec.to_builtins(machine("no-gpu").environment.cuda)}
    changes[f"{E}cuda_unmasked"] = msgspec.to_builtins(machine(TF221).environment.cuda)
    text = report(machine("healthy-gpu", changes))
    assert "hides every GPU" in text
    shown = html(text)
    assert not re.search(r"<(script|img|b|a|table|details)\b", shown), shown
    assert "@someone" not in re.sub(r"<code>.*?</code>", "", shown, flags=re.DOTALL)


def test_a_secret_in_a_variable_stays_out():
    secret = "ghp_hunter2hunter2hunter2"
    values = [
        variable("LD_LIBRARY_PATH", f"/opt/{secret}/lib:/home/bob/lib", f"/opt/{secret}/lib:/home/bob/lib"),
        variable("XLA_FLAGS", None, "--dump_to=https://bob:hunter2@store.example/x " + "y" * 100_000),
    ]
    text = report(machine(TF221, {f"{E}variables": values}))
    assert "hunter2" not in text
    assert "bob" not in text
    assert len(text) < 20_000


@pytest.mark.parametrize("text", ["`", "``", "a`b", " a", "", "a\n\nb", "`a`", "``a`` and `", "a\\"])
def test_code_holds_any_text(text):
    assert html(code(text)).count("<code>") == 1
    assert html("\n".join(block(text))).count("<code>") == 1


def test_a_sentence_keeps_its_own_code():
    assert prose("`import tensorflow` fails: a*b_c") == "`import tensorflow` fails: a\\*b\\_c"
    assert html(prose("`import tensorflow` and <b>`")).count("<code>") == 1


def run(*arguments, **env):
    command = [sys.executable, "-m", "tfgpu_lab", "doctor", *arguments]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60)


def test_the_command_prints_it(tmp_path):
    home = tmp_path / "home" / "grace"
    home.mkdir(parents=True)
    env = {"HOME": str(home), "USER": "grace.hopper", "HOSTNAME": "harvard-mark1", "LD_LIBRARY_PATH": f"{home}/lib"}
    plain, done = run("--json", **env), run("--report", **env)
    assert done.returncode == plain.returncode
    assert "- `LD_LIBRARY_PATH`: `~/lib`" in done.stdout
    assert "grace" not in done.stdout


def test_the_page_of_the_terminal_holds_nothing_that_it_would_obey():
    done = run(CUDA_VISIBLE_DEVICES="\x1b]0;title\x07\x1b[2J-1")
    assert "hides every GPU" in done.stdout
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stdout)


def test_json_and_report_exclude_each_other():
    done = run("--json", "--report")
    assert (done.returncode, done.stdout) == (3, "")
    assert "not allowed with" in done.stderr


def tags(shown: str) -> list[str]:
    """Return the elements of a page in order, without pieces of code: in them nothing has a meaning."""
    return re.findall(r"</?[a-z][^>]*>", re.sub(r"<code>.*?</code>", "", shown, flags=re.DOTALL))
