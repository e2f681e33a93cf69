"""The words are frozen, documented field by field, and survive the wire."""

import importlib
import inspect
from pathlib import Path

import msgspec
import pytest

import tfgpu_lab.models
from tfgpu_lab.models.kernel import ProbeRequest
from tfgpu_lab.server.openapi import field_docs

FOLDER = Path(tfgpu_lab.models.__file__).parent
STRUCTS = [
    struct
    for path in sorted(FOLDER.glob("*.py"))
    for _, struct in inspect.getmembers(importlib.import_module(f"tfgpu_lab.models.{path.stem}"), inspect.isclass)
    if issubclass(struct, msgspec.Struct) and struct.__module__.endswith(path.stem)
]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_is_frozen_and_every_field_is_described(struct):
    assert struct.__struct_config__.frozen
    described = {name for name, text in field_docs(struct).items() if text}
    assert described == set(struct.__struct_fields__)


def test_the_names_are_unique():
    names = [struct.__name__ for struct in STRUCTS]
    assert len(names) == len(set(names)) > 20


def test_the_probe_request_says_import_on_the_wire():
    assert msgspec.json.decode(b'{"import": true}', type=ProbeRequest).import_
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"impart": true}', type=ProbeRequest)
