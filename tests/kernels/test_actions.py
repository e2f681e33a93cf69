"""The code that actions hand over, and whether it comes too late as a kernel's report stands."""

import ast

import msgspec
import pytest

from tests.diagnosis.recorded import machine
from tfgpu_lab.kernels.actions import memory_growth, offers, preload_library, restart, suggested_variables, verify
from tfgpu_lab.models.action import ActionCall, ActionRequest
from tfgpu_lab.models.environment import Library
from tfgpu_lab.models.finding import Finding, Fix
from tfgpu_lab.models.kernel import KernelReport
from tfgpu_lab.models.live import LiveReport, LiveTensorFlow

CPU, GPU, SECOND = (f"/physical_device:{name}" for name in ("CPU:0", "GPU:0", "GPU:1"))
FRESH = LiveTensorFlow(
    version="2.21.0",
    importing=False,
    context="none",
    physical_devices=None,
    visible_devices=None,
    logical_devices=None,
    memory_growth=None,
    soft_placement=None,
)
LISTED = {"context": "created", "physical_devices": [CPU, GPU, SECOND], "visible_devices": [CPU, GPU, SECOND]}
STARTED = {**LISTED, "context": "initialized", "logical_devices": ["/device:CPU:0", "/device:GPU:0", "/device:GPU:1"]}


def report(tensorflow=None, variables=None, **changes):
    """Return a kernel's report in which TensorFlow is as given; null where it is not imported."""
    facts = machine("running-gpu")
    live = msgspec.structs.replace(
        facts.live,
        tensorflow=None if tensorflow is None else msgspec.structs.replace(FRESH, **tensorflow),
        variables=variables or {},
    )
    fields = {
        "kernel_id": "id",
        "name": "python3",
        "display_name": "Python 3",
        "path": None,
        "execution_state": "idle",
        "at_s": 0.0,
        "verdict": "gpu",
        "basis": "observed",
        "label": "",
        "reason": "It computes.",
        "forecast": None,
        "findings": [],
        "live": live,
        "live_unavailable": None,
        "environment": facts.environment,
        "environment_unavailable": None,
    }
    return KernelReport(**{**fields, **changes})


def with_libraries(*libraries, tensorflow=None):
    """Return a report in which each of (soname, whether the loader finds it, what can be opened first) is needed."""
    known = [
        Library(
            soname=soname,
            path="/found" if found else None,
            found_in=None,
            load_error=None,
            elsewhere=[],
            wheel="",
            preloads=preloads,
        )
        for soname, found, preloads in libraries
    ]
    one = report(tensorflow)
    return msgspec.structs.replace(one, environment=msgspec.structs.replace(one.environment, libraries=known))


@pytest.mark.parametrize("offer", offers(report()), ids=lambda offer: offer.action)
def test_every_offer_says_what_it_is(offer):
    assert offer.title
    assert offer.explains.endswith((".", "\n"))
    assert (offer.why_not is None) == offer.possible
    for cell in offer.cells:
        ast.parse(cell.code, feature_version=(3, 8))


def test_verification_leaves_nothing_but_modules_and_two_functions_behind():
    names = set()
    for cell in verify(report()).cells:
        for node in ast.parse(cell.code).body:
            if isinstance(node, ast.FunctionDef):
                names.add(node.name)
            assert not isinstance(node, ast.Assign), "a variable of the user's would be overwritten"
    assert names == {"check_fit", "check_matmul"}


@pytest.mark.parametrize(
    ("tensorflow", "variables", "late", "why_not"),
    [
        (None, {}, False, None),
        ({}, {}, False, None),
        (LISTED, {}, False, None),
        (STARTED, {}, True, None),
        ({**LISTED, "memory_growth": {GPU: True}}, {}, False, None),
        ({**LISTED, "memory_growth": {GPU: True, SECOND: True}}, {}, False, "on already"),
        ({**STARTED, "memory_growth": {GPU: True, SECOND: True}}, {}, True, "on already"),
        (STARTED, {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}, True, "by TF_FORCE_GPU_ALLOW_GROWTH"),
        (STARTED, {"TF_FORCE_GPU_ALLOW_GROWTH": "false"}, True, None),
        ({**LISTED, "visible_devices": [CPU]}, {}, False, "has no GPU"),
        ({**LISTED, "memory_limits_mb": {GPU: [512.0]}}, {}, False, "memory limits"),
    ],
)
def test_memory_growth_says_whether_it_is_too_late(tensorflow, variables, late, why_not):
    offer = memory_growth(report(tensorflow, variables))
    assert offer.needs_restart == late
    assert ("too late in this kernel" in offer.explains) == late
    assert offer.cells[0].place == ("first" if late else "here")
    assert why_not in offer.why_not if why_not else offer.why_not is None


def test_memory_growth_of_a_kernel_that_cannot_be_asked_is_not_promised():
    offer = memory_growth(report(live=None, live_unavailable="It is busy."))
    assert offer.possible
    assert "cannot be told now" in offer.explains


def test_libraries_are_opened_by_their_full_paths():
    odd = "/opt/with 'quote'/libcudnn.so.9"
    needed = (("libcusolver.so.11", False, "/opt/libcusolver.so.11"), ("libcudnn.so.9", False, odd))
    offer = preload_library(with_libraries(*needed, ("libcufft.so.11", True, None)))
    opened = []
    code = offer.cells[0].code.replace("import ctypes\n", "")
    ctypes = type("ctypes", (), {"CDLL": lambda path, mode: opened.append(path), "RTLD_GLOBAL": 1})
    exec(code, {"ctypes": ctypes})
    assert opened == ["/opt/libcusolver.so.11", odd]
    assert (offer.possible, offer.needs_restart, offer.cells[0].place) == (True, False, "first")


@pytest.mark.parametrize(
    ("soname", "tensorflow", "late"),
    [
        ("libcudnn.so.9", {}, False),
        ("libcudnn.so.9", LISTED, True),
        ("libcudart.so.12", {}, True),
        ("libcudart.so.12", None, False),
    ],
)
def test_opening_a_library_comes_too_late_once_tensorflow_has_looked_for_it(soname, tensorflow, late):
    assert (
        preload_library(with_libraries((soname, False, f"/opt/{soname}"), tensorflow=tensorflow)).needs_restart == late
    )


@pytest.mark.parametrize("library", [("libcudnn.so.9", True, None), ("libcudnn.so.9", False, None)])
def test_no_library_is_opened_that_would_not_help(library):
    offer = preload_library(with_libraries(library))
    assert (offer.possible, offer.cells) == (False, [])


@pytest.mark.parametrize(
    ("state", "possible", "ends"), [("idle", True, False), ("busy", True, True), ("restarting", False, False)]
)
def test_a_restart_says_what_it_ends(state, possible, ends):
    offer = restart(report(execution_state=state))
    assert offer.possible == possible
    assert ("is ended" in offer.explains) == ends


def test_a_kernel_without_tensorflow_or_python_has_none_of_it():
    for one, word in (
        (report(verdict="no-tensorflow"), "no TensorFlow"),
        (
            report(live=None, environment=None, live_unavailable="The kernel's language is R, not Python."),
            "language is R",
        ),
    ):
        refused = [offer for offer in offers(one) if offer.effect == "cells"]
        assert all(word in offer.why_not for offer in refused)


def test_a_kernelspec_is_offered_with_what_mends_the_first_cause():
    assert suggested_variables(report()) == {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    wanted = {"LD_LIBRARY_PATH": "/opt"}
    call = ActionCall(action="create-kernelspec", request=ActionRequest(variables=wanted))
    fix = Fix(kind="kernel-env", title="Set it", text="...", verified_by="It works.", action=call)
    finding = Finding(
        id="a",
        family="b",
        title="c",
        severity="info",
        certainty="likely",
        role="note",
        evidence=[],
        fixes=[fix],
        docs="",
    )
    assert suggested_variables(report(findings=[finding])) == wanted


def test_the_recorded_kernel_is_one():
    assert isinstance(report().live, LiveReport), "the control: offers were made for a kernel that could be asked"
