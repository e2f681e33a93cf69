"""Fixes are written for the environment at hand and never advise what is known not to work."""

import msgspec
import pytest

from tests.diagnosis import cases_install, cases_kernel, cases_libraries, cases_machine, cases_shared
from tests.diagnosis.recorded import (
    CPU,
    GPU,
    MASKED,
    NO_TF,
    NONE,
    NOT_ASKED,
    ON_CPU,
    SITE,
    TF221,
    E,
    T,
    cuda,
    gone,
    machine,
    mask,
    variable,
    wheels,
)
from tfgpu_lab.diagnosis.rule import diagnose, rules

CASES = cases_install.CASES | cases_machine.CASES | cases_libraries.CASES | cases_kernel.CASES | cases_shared.CASES
PYTHON = '"/home/ada/project/.venv/bin/python"'


def fixes(cause, base, changes=None):
    return next(one.fixes for one in diagnose(machine(base, changes)) if one.id == cause)


def texts(cause, base, changes=None):
    return [fix.text for fix in fixes(cause, base, changes)]


def test_a_cpu_wheel_is_replaced_with_the_kernels_own_pip():
    assert texts("cpu-only-wheel", CPU)[0] == (
        f"{PYTHON} -m pip uninstall -y tensorflow-cpu && "
        f'{PYTHON} -m pip install --no-cache-dir "tensorflow[and-cuda]==2.20.0"'
    )


def test_a_path_with_spaces_stays_one_word():
    spaced = {f"{E}interpreter.executable": "/home/ada/my project/bin/python"}
    assert texts("tensorflow-not-installed", GPU, NO_TF | spaced) == [
        '"/home/ada/my project/bin/python" -m pip install "tensorflow[and-cuda]==2.20.0"'
    ]


@pytest.mark.parametrize(
    ("version", "installed"), [("2.20.0", "2.20.0"), ("2.19.1", "2.19.1"), ("2.21.0", "2.20.0"), ("2.16.1", "2.16.2")]
)
def test_the_extra_is_added_to_what_is_installed_unless_that_is_broken(version, installed):
    changes = {f"{T}version": version} | gone(*range(7)) | wheels()
    assert texts("cuda-extra-missing", GPU, changes) == [f'{PYTHON} -m pip install "tensorflow[and-cuda]=={installed}"']


def test_a_release_before_the_extra_is_replaced():
    changes = {f"{T}version": "2.12.0"} | gone(*range(7)) | wheels()
    assert texts("cuda-extra-missing", GPU, changes) == [f'{PYTHON} -m pip install "tensorflow[and-cuda]==2.20.0"']


def test_a_missing_wheel_is_installed_as_tensorflow_pins_it():
    assert texts("cuda-lib-missing", GPU, gone(6)) == [
        f'{PYTHON} -m pip install --force-reinstall --no-deps "nvidia-cudnn-cu12<10.0,>=9.3.0.75"'
    ]


def test_a_library_of_the_system_is_named_in_the_kernels_environment():
    changes = gone(6, elsewhere="/usr/local/cuda/lib64")
    changes |= {f"{E}variables": [variable("LD_LIBRARY_PATH", "/opt/lib", "/opt/lib")]}
    assert texts("cuda-lib-missing", GPU, changes)[0] == (
        '"env": {"LD_LIBRARY_PATH": "/usr/local/cuda/lib64:/opt/lib"}'
    )


def test_only_cudnn_missing_is_a_family_of_its_own():
    families = {one.id: one.family for one in diagnose(machine(GPU, gone(6)))}
    assert families == {"cuda-lib-missing": "cudnn-missing"}
    assert diagnose(machine(GPU, gone(5, 6)))[0].family == "cuda-libs-missing"


def test_the_221_bug_has_the_fixes_that_were_measured():
    path = f"{SITE}/nvidia/cusolver/lib/libcusolver.so.11"
    assert texts("tf221-cusolver-runpath", TF221) == [
        f'import ctypes\nctypes.CDLL("{path}")',
        f'ln -s ../../cusolver/lib/libcusolver.so.11 "{SITE}/nvidia/cublas/lib/"',
        f'"env": {{"LD_LIBRARY_PATH": "{SITE}/nvidia/cusolver/lib"}}',
        f'{PYTHON} -m pip install "tensorflow[and-cuda]==2.20.0"',
    ]


def test_loading_a_library_is_not_advised_once_tensorflow_has_looked():
    changes = {"environment": machine_environment(TF221)}
    assert "code" in {fix.kind for fix in fixes("tf221-cusolver-runpath", ON_CPU, changes | NOT_ASKED)}
    assert "code" not in {fix.kind for fix in fixes("tf221-cusolver-runpath", ON_CPU, changes)}


def machine_environment(name):

    return msgspec.to_builtins(machine(name).environment)


def test_a_hiding_variable_can_be_removed_now_only_before_tensorflow_has_looked():
    changes = MASKED | {f"{E}variables": mask(None, "-1")}
    assert [fix.kind for fix in fixes("cvd-hides-gpu", ON_CPU, changes | NOT_ASKED)] == ["code", "restart-kernel"]
    assert [fix.kind for fix in fixes("cvd-hides-gpu", ON_CPU, changes)] == ["restart-kernel"]


def test_without_hardware_the_other_fixes_wait_for_it():
    findings = {one.id: one for one in diagnose(machine(NONE))}
    assert findings["cuda-extra-missing"].fixes[0].title.startswith("Once there is a GPU: install CUDA's libraries")
    assert not findings["intel-or-no-nvidia-gpu"].fixes[0].title.startswith("Once")


def test_tensorflow_itself_is_wanted_without_hardware_too():
    findings = {one.id: one for one in diagnose(machine(NONE, NO_TF))}
    assert findings["tensorflow-not-installed"].fixes[0].title.startswith("Install TensorFlow")
    assert findings["driver-not-installed"].fixes[0].title.startswith("Once there is a GPU: ")


@pytest.mark.parametrize(
    ("platform", "architecture", "version", "part"),
    [
        ("win32", "AMD64", "3.11.7", "wsl --install"),
        ("darwin", "arm64", "3.11.7", "tensorflow-metal==1.1.0"),
        ("darwin", "arm64", "3.13.1", "python3.12 -m venv"),
        ("linux", "aarch64", "3.11.7", "nvcr.io/nvidia/tensorflow"),
        ("linux", "x86_64", "3.14.0", "python3.13 -m venv"),
    ],
)
def test_the_platform_decides_how_tensorflow_is_installed(platform, architecture, version, part):
    where = {f"{E}interpreter.platform": platform, f"{E}interpreter.machine": architecture}
    where[f"{E}interpreter.version"] = version
    assert part in texts("tensorflow-not-installed", GPU, NO_TF | where)[0]


def test_a_mac_without_apple_silicon_gets_no_false_hope():
    assert fixes("macos-no-metal", CPU, {f"{E}interpreter.platform": "darwin"}) == []


def test_conda_is_fixed_by_conda():
    changes = {f"{E}interpreter.manager": "conda", f"{T}distribution": "tensorflow"}
    assert texts("conda-cpu-build", CPU, changes) == [
        'CONDA_OVERRIDE_CUDA="12.6" conda install -p "/home/ada/project/.venv" -c conda-forge "tensorflow=*=*cuda*"'
    ]


def test_a_stub_is_taken_off_the_path():
    stubs = "/usr/local/cuda/lib64/stubs"
    changes = {f"{E}cuda": cuda(34, library=f"{stubs}/libcuda.so")}
    changes |= {f"{E}variables": [variable("LD_LIBRARY_PATH", f"{stubs}:/opt/lib", f"{stubs}:/opt/lib")]}
    assert texts("libcuda-is-stub", GPU, changes) == ['"env": {"LD_LIBRARY_PATH": "/opt/lib"}']


def test_old_gpus_get_the_last_release_with_code_for_them():
    device = {"name": "GTX 750", "compute_capability": "5.0", "multiprocessors": 4, "memory_total_bytes": 2**31}
    assert texts("cc-no-binary", GPU, {f"{E}cuda.devices": [device]}) == [
        f'{PYTHON} -m pip install "tensorflow[and-cuda]==2.16.2"'
    ]


def test_each_title_stands_alone():
    for fires, _ in CASES.values():
        for base, changes, _ in fires:
            for one in diagnose(machine(base, changes)):
                assert not [fix.title for fix in one.fixes if fix.title.startswith("Or ") or ": Or " in fix.title]


def test_an_instance_of_mig_is_for_the_user_to_name():
    (base, changes, _), *_ = CASES["mig-misconfigured"][0]
    named = next(one for one in fixes("mig-misconfigured", base, changes) if one.kind == "kernel-env")
    assert "<uuid>" in named.text
    assert named.action is None, "it must not be applied as it stands"


def test_what_needs_an_administrator_says_so():
    every = (one for fires, _ in CASES.values() for case in fires for one in diagnose(machine(*case[:2])))
    assert {fix.kind for one in every for fix in one.fixes if "sudo " in fix.text} == {"admin"}


def test_never_what_is_known_not_to_work():
    every = [
        fix.text
        for fires, _ in CASES.values()
        for base, changes, _ in fires
        for one in diagnose(machine(base, changes))
        for fix in one.fixes
    ]
    assert len(every) > len(rules())
    for text in every:
        assert "tensorflow[and-cuda]==2.21.0" not in text, "does not find its own cuSOLVER"
        assert "tensorflow-cpu[and-cuda]" not in text
        assert "ln -svf" not in text, "the links of the installation guide do not help"
        assert "!pip" not in text, "may install into another environment"
        assert "LD_LIBRARY_PATH']" not in text, "too late in a cell"
        assert 'LD_LIBRARY_PATH"]' not in text, "too late in a cell"
