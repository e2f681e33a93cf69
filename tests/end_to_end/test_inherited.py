"""What the kernel's process did not inherit, and what shadows or overwrites the right TensorFlow: seen for real."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.environment import SimulatedEnvironment
from tests.end_to_end.forecast import diagnosed
from tests.end_to_end.fresh import LIST, FreshTensorFlow
from tests.end_to_end.machine import Machine, needs_namespace
from tests.end_to_end.native import DRIVER, built
from tests.end_to_end.proof import TENSORFLOW, mends, proves
from tests.simulated import SONAMES

pytestmark = pytest.mark.tensorflow
INSTALLED = "/usr/local/driver"
LIBRARIES = [name for names in SONAMES.values() for name in names]
GPU = ["/physical_device:GPU:0"]


def with_driver(**files: Path) -> Machine:
    """A machine whose driver the loader's cache knows, as after an installation: it needs no LD_LIBRARY_PATH."""
    driver = {f"{INSTALLED}/{name}": built(name) for name in DRIVER}
    return Machine(files=driver | files, cached=(INSTALLED,))


def lists(launch):
    """Return what a TensorFlow lists that is started now."""
    fresh = FreshTensorFlow(launch)
    try:
        return fresh.ask().physical
    finally:
        fresh.close()


def variables(finding):
    """Return the variables of its fix for kernel.json."""
    text = next(one.text for one in finding.fixes if one.kind == "kernel-env")
    return json.loads("{" + text + "}")["env"]


@proves("conda-activate-not-run", by=TENSORFLOW)
@mends("conda-activate-not-run", by="kernel-env")
def test_conda_was_not_activated(environment):
    needs_namespace()
    environment.remove("cudnn")
    environment.mend()
    script = 'export LD_LIBRARY_PATH="$CONDA_PREFIX/lib:$LD_LIBRARY_PATH"\nexport SECRET=hunter2\n'
    with environment.conda(script, built("libcudnn.so.9")):
        launch = environment.launch(with_driver(), LD_LIBRARY_PATH=None)
        findings, verdict = diagnosed(launch)
        assert (findings[0].id, findings[0].role, verdict) == ("conda-activate-not-run", "cause", "cpu-fallback")
        assert "hunter2" not in str(findings)
        assert lists(launch) == []
        assert lists(environment.launch(with_driver(), **variables(findings[0]))) == GPU


@proves("jupyterhub-env-filter", by=TENSORFLOW)
@mends("jupyterhub-env-filter", by="kernel-env")
def test_jupyterhub_drops_the_variable(environment):
    needs_namespace()
    environment.remove("cudnn", "cufft")
    environment.mend()
    gone = [name for folder in ("cudnn", "cufft") for name in SONAMES[folder]]
    machine = with_driver(**{f"/usr/local/cuda/lib64/{name}": built(name) for name in gone})
    hub = {"JUPYTERHUB_API_URL": "http://hub", "LD_LIBRARY_PATH": None}
    launch = environment.launch(machine, **hub)
    findings, verdict = diagnosed(launch)
    assert (findings[0].id, findings[0].certainty, verdict) == ("jupyterhub-env-filter", "likely", "cpu-fallback")
    assert lists(launch) == []
    assert lists(environment.launch(machine, **(hub | variables(findings[0])))) == GPU


@proves("log-level-hides-evidence", by=TENSORFLOW)
@mends("log-level-hides-evidence", by="kernel-env")
def test_the_log_level_hides_the_only_line_that_says_why(environment):
    broken = {"SIMULATED_CUINIT": "999", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_CPP_VMODULE": None}
    findings, verdict = diagnosed(environment.launch(**broken))
    assert verdict == "cpu-fallback"
    finding = next(one for one in findings if one.id == "log-level-hides-evidence")
    said = []
    for more in ({}, variables(finding)):
        launch = environment.launch(**(broken | more))
        code = "import tensorflow as tf; print(tf.config.list_physical_devices('GPU'))"
        done = subprocess.run([*launch.argv, "-c", code], env=launch.env, capture_output=True, text=True, timeout=120)
        assert done.stdout.strip() == "[]"
        said.append("CUDA_ERROR_UNKNOWN" in done.stderr)
    assert said == [False, True]


@proves("user-site-or-local-shadow", by=TENSORFLOW)
@mends("user-site-or-local-shadow", by="command", title="Rename the file")
@mends("user-site-or-local-shadow", by="command", title="Rename the folder")
@pytest.mark.parametrize("name", ["tensorflow.py", "tensorflow/__init__.py"])
def test_a_file_or_folder_shadows_the_package(name, environment, tensorflow):
    environment.mend()
    project = environment.home / "project"
    (project / name).parent.mkdir(parents=True)
    (project / name).write_text("")
    launch = environment.launch(PYTHONPATH=str(project))
    findings, verdict = diagnosed(launch)
    assert (findings[0].id, verdict) == ("user-site-or-local-shadow", "cpu-fallback")
    code = "import tensorflow as tf; tf.config"
    done = subprocess.run([*launch.argv, "-c", code], env=launch.env, capture_output=True, text=True, timeout=120)
    assert "has no attribute 'config'" in done.stderr
    subprocess.run(["sh", "-c", findings[0].fixes[0].text], check=True)
    assert diagnosed(launch) == ([], "gpu-ready")
    assert tensorflow.ask().physical == GPU


@mends("user-site-or-local-shadow", by="kernel-env")
def test_another_environments_tensorflow_shadows_the_own(environment, cpu_packages):
    environment.mend()
    changes = {"PYTHONPATH": str(cpu_packages)}
    findings, verdict = diagnosed(environment.launch(**changes))
    assert (findings[0].id, verdict) == ("user-site-or-local-shadow", "cpu-fallback")
    assert lists(environment.launch(**changes)) == []
    assert lists(environment.launch(**(changes | variables(findings[0])))) == GPU


@pytest.fixture(scope="module")
def cpu_packages():
    """The site-packages of the real tensorflow-cpu."""
    there = Path(__file__).resolve().parents[2] / ".venvs" / "cpu-only" / "lib"
    found = list(there.glob("python3*/site-packages"))
    if not found:
        pytest.skip("`make test` makes .venvs/cpu-only")
    return found[0]


@pytest.fixture
def overwritten(tmp_path, cpu_packages):
    """An environment in which tensorflow-cpu was installed over tensorflow."""
    made = SimulatedEnvironment(tmp_path / "mixed", tensorflow=cpu_packages)
    info = next(cpu_packages.glob("tensorflow_cpu-*.dist-info"))
    (made.site / info.name).symlink_to(info)
    return made


@proves("mixed-tensorflow-dists", by=TENSORFLOW)
def test_the_last_of_two_distributions_wins(overwritten):
    launch = overwritten.launch()
    findings, verdict = diagnosed(launch)
    assert (findings[0].id, verdict) == ("mixed-tensorflow-dists", "cpu-fallback")
    assert findings[0].certainty == "certain"
    fresh = FreshTensorFlow(launch)
    try:
        told = fresh.ask(f"built = tf.test.is_built_with_cuda()\n{LIST}\nanswer['cuda'] = built")
    finally:
        fresh.close()
    assert told.answer == {"physical": [], "cuda": False}


def test_removing_one_of_two_distributions_leaves_a_wreck(overwritten):
    info = next(overwritten.site.glob("tensorflow_cpu-*.dist-info"))
    for line in (info / "RECORD").read_text().splitlines():
        path = overwritten.site / line.partition(",")[0]
        if path.parent.resolve().is_relative_to(overwritten.folder.resolve()):  # not through a link to the real files
            path.unlink(missing_ok=True)
    info.unlink()
    launch = overwritten.launch()
    code = "import tensorflow as tf; tf.config"
    done = subprocess.run([*launch.argv, "-c", code], env=launch.env, capture_output=True, text=True, timeout=120)
    findings, verdict = diagnosed(launch)
    assert "has no attribute 'config'" in done.stderr
    assert (findings[0].id, verdict) == ("mixed-tensorflow-dists", "no-tensorflow")
    assert "The files of tensorflow 2.21.0 are gone" in findings[0].title
