"""The OpenAPI document of the REST interface, from the models, their docstrings and the handlers' `operations`."""

import ast
import inspect
import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from .. import __version__
from ..models.kernel import Problem

ERRORS = {
    400: "The request is wrong; `field` names the part.",
    403: "Not logged in, or not allowed to do this.",
    404: "There is no such kernel, action or benchmark.",
    409: "It cannot be done in the present state.",
    503: "It cannot be done now; the sentence says why.",
}


class Operation(NamedTuple):
    """What one verb of one resource takes and answers."""

    summary: str
    answer: type | None
    body: type | None = None
    query: tuple[tuple[str, str, str], ...] = ()  # (name, JSON type, description)
    status: int = 200
    errors: tuple[int, ...] = ()


def document(routes: Iterable[tuple[str, type]]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `routes`: pairs of a path such as `kernels/{kernel_id}` and its handler."""
    routes = list(routes)
    operations = [operation for _, handler in routes for operation in handler.operations.values()]  # type: ignore[attr-defined]
    types = [t for operation in operations for t in (operation.answer, operation.body) if t is not None]
    _, components = msgspec.json.schema_components([Problem, *types], ref_template="#/components/schemas/{name}")
    for struct in _structs([Problem, *types]):
        for name, text in field_docs(struct).items():
            _describe(components[struct.__name__]["properties"][_wire_name(struct, name)], text)
    paths: dict[str, Any] = {}
    for template, handler in routes:
        paths["/tfgpu-lab/" + template] = {
            verb: _operation(template, operation)
            for verb, operation in handler.operations.items()  # type: ignore[attr-defined]
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TFGPU Lab",
            "version": __version__,
            "description": "All paths are relative to the server's base URL.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def field_docs(struct: type) -> dict[str, str]:
    """Return the docstring written under each field of `struct`, by field name."""
    body = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    docs: dict[str, str] = {}
    field: str | None = None
    for node in body.body if isinstance(body, ast.ClassDef) else []:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
            continue
        if field and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docs[field] = inspect.cleandoc(str(node.value.value))
        field = None
    return docs


def _describe(schema: dict[str, Any], text: str) -> None:
    # A $ref may stand beside a description since OpenAPI 3.1.
    schema["description"] = text


def _wire_name(struct: type, field: str) -> str:
    names: dict[str, str] = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))  # type: ignore[attr-defined]
    return names[field]


def _structs(types: Iterable[type]) -> list[type]:
    """All structs reachable from `types`."""
    found: dict[str, type] = {}

    def visit(info: msgspec.inspect.Type) -> None:
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls.__name__ in found:
                return
            found[info.cls.__name__] = info.cls
            for field in info.fields:
                visit(field.type)
        for inner in ("item_type", "key_type", "value_type"):
            if isinstance(part := getattr(info, inner, None), msgspec.inspect.Type):
                visit(part)
        for part in getattr(info, "types", ()):
            visit(part)

    for info in msgspec.inspect.multi_type_info(list(types)):
        visit(info)
    return list(found.values())


def _operation(template: str, operation: Operation) -> dict[str, Any]:
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in template.split("/")
        if part.startswith("{")
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": kind}}
        for name, kind, text in operation.query
    ]
    answer: dict[str, Any] = {"description": "Done."}
    if operation.answer is not None:
        answer["content"] = _json(operation.answer)
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            str(operation.status): answer,
            **{
                str(code): {"description": ERRORS[code], "content": _json(Problem)} for code in (403, *operation.errors)
            },
        },
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(operation.body)}
    return described


def _json(struct: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{struct.__name__}"}}}
