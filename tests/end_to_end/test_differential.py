"""Differential probes: one thing is changed, and what changes with it is the cause."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from tests.end_to_end.fresh import FreshTensorFlow
from tests.end_to_end.native import built
from tests.end_to_end.proof import TENSORFLOW, mends, proves
from tfgpu_lab import cli
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee
from tfgpu_lab.kernels import differential
from tfgpu_lab.kernels.interpreter import launch_of_kernelspec
from tfgpu_lab.kernels.probe import probe

pytestmark = pytest.mark.tensorflow


def kernelspec(folder: Path, name: str, python: Path, env: dict[str, str]) -> None:
    """Write a kernelspec."""
    (folder / name).mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name.title(), "language": "python", "env": env}
    (folder / name / "kernel.json").write_text(json.dumps(spec))


def bare(folder: Path, python: Path) -> Path:
    """Lay out an environment without packages, of the same Python."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(python.resolve())
    shutil.copy(python.parent.parent / "pyvenv.cfg", folder)
    return folder / "bin" / "python"


@proves("kernel-env-mismatch", by=TENSORFLOW)
@mends("kernel-env-mismatch", by="runtime-setting")
def test_another_kernel_has_tensorflow_for_the_gpu(environment, tmp_path, tensorflow):
    environment.mend()
    folder = tmp_path / "kernels"
    library_path = environment.variables()["LD_LIBRARY_PATH"]
    kernelspec(folder, "plain", bare(tmp_path / "bare", environment.python), {"LD_LIBRARY_PATH": library_path})
    kernelspec(folder, "good", environment.python, {"LD_LIBRARY_PATH": library_path})
    kernelspec(folder, "gone", tmp_path / "nowhere" / "python", {})
    specs = KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)
    launch = launch_of_kernelspec("plain", specs)

    async def look():
        return await differential.with_neighbours(await probe(launch), launch, specs)

    found = asyncio.run(look())
    assert [(one.kernel_name, one.tensorflow_version, one.missing) for one in found.neighbours] == [
        ("good", "2.21.0", [])
    ]
    facts = Facts(environment=found, live=None)
    finding, verdict = diagnose(facts)[0], foresee(facts, diagnose(facts)).verdict
    assert (finding.id, finding.certainty, verdict) == ("kernel-env-mismatch", "certain", "no-tensorflow")
    assert finding.fixes[0].text.endswith("Good (good)")
    done = subprocess.run([*launch.argv, "-c", "import tensorflow"], capture_output=True, text=True)
    assert "No module named 'tensorflow'" in done.stderr
    assert tensorflow.ask().physical == ["/physical_device:GPU:0"], "that of the kernel Good"


def test_doctor_compares_only_when_asked(environment, tmp_path, monkeypatch, capsys):
    environment.mend()
    kernels = tmp_path / "jupyter" / "kernels"
    library_path = environment.variables()["LD_LIBRARY_PATH"]
    kernelspec(kernels, "good", environment.python, {"LD_LIBRARY_PATH": library_path})
    monkeypatch.setenv("JUPYTER_PATH", str(kernels.parent))
    monkeypatch.setenv("LD_LIBRARY_PATH", library_path)
    python = str(bare(tmp_path / "bare", environment.python))

    def ids(*arguments):
        cli.main(["doctor", "--json", "--python", python, *arguments])
        return [one["id"] for one in json.loads(capsys.readouterr().out)["findings"]]

    assert "kernel-env-mismatch" not in ids()
    assert "kernel-env-mismatch" in ids("--compare")


@proves("kernel-env-missing-vars", by=TENSORFLOW)
@mends("kernel-env-missing-vars", by="kernel-env")
def test_the_login_shell_knows_where_the_libraries_are(environment, tensorflow):
    environment.mend()
    environment.remove("cudnn")
    there = environment.home / "cuda" / "lib64"
    there.mkdir(parents=True)
    shutil.copy(built("libcudnn.so.9"), there)
    profile = f"echo noise\nexport LD_LIBRARY_PATH={there}:{environment.variables()['LD_LIBRARY_PATH']}\n"
    (environment.home / ".bash_profile").write_text(profile)
    launch = environment.launch(SHELL="/bin/bash")

    async def look():
        return await differential.with_login_shell(await probe(launch), launch)

    facts = Facts(environment=asyncio.run(look()), live=None)
    finding, verdict = diagnose(facts)[0], foresee(facts, diagnose(facts)).verdict
    assert (finding.id, finding.certainty, verdict) == ("kernel-env-missing-vars", "certain", "cpu-fallback")
    assert tensorflow.ask().physical == []
    fresh = FreshTensorFlow(environment.launch(**json.loads("{" + finding.fixes[0].text + "}")["env"]))
    try:
        assert fresh.ask().physical == ["/physical_device:GPU:0"]
    finally:
        fresh.close()


@pytest.mark.parametrize("shell", ["/bin/false", "/usr/bin/fish", "/nowhere/bash"])
def test_a_shell_that_gives_no_answer_changes_nothing(shell, environment):
    launch = environment.launch(SHELL=shell)
    environment_now = asyncio.run(probe(launch))
    assert asyncio.run(differential.with_login_shell(environment_now, launch)) == environment_now


def test_a_shell_that_hangs_is_ended(environment, monkeypatch):
    monkeypatch.setattr(differential, "SHELL_S", 1.0)
    (environment.home / ".bash_profile").write_text("sleep 600\n")
    launch = environment.launch(SHELL="/bin/bash")
    assert asyncio.run(differential.login_library_path(launch.env)) is None


def test_a_library_is_known_to_load_by_its_full_path(environment):
    library = asyncio.run(probe(environment.launch())).libraries[4]
    assert (library.soname, library.path) == ("libcusolver.so.11", None)
    assert library.preloads == str(environment.lib("cusolver") / "libcusolver.so.11")
    (environment.lib("cusolver") / "libcusolver.so.11").write_bytes(b"\x7fELF")
    assert asyncio.run(probe(environment.launch())).libraries[4].preloads is None


def test_this_process_never_maps_the_driver_or_tensorflow(environment):
    facts = Facts(environment=asyncio.run(probe(environment.launch())), live=None)
    assert diagnose(facts)
    maps = Path("/proc/self/maps").read_text()
    assert not [name for name in ("libcuda.so", "libtensorflow", "libcudart", "_pywrap_") if name in maps]
