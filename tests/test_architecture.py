"""The import rules of docs/architecture.md, docstrings on every public name, and the length of files."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tfgpu_lab"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "_version.py")

MAY_IMPORT = {
    "models": {"models"},
    "guest": set(),
    "nvml": {"models", "nvml"},
    "kernels": {"models", "kernels"},
    "diagnosis": {"models", "diagnosis"},
    "benchmark": {"models", "kernels", "benchmark"},
    "server": {"", "models", "nvml", "kernels", "diagnosis", "benchmark", "server"},
    "commands": {"", "models", "nvml", "kernels", "diagnosis", "benchmark", "commands"},
    "cli": {"", "kernels", "commands"},
}
ONLY_IN = {"pynvml": {"nvml"}, "tornado": {"server"}, "jupyter_server": {"server"}, "tensorflow": {"guest"}}
NEVER = {"diagnosis": {"os", "subprocess", "pathlib", "time", "ctypes", "socket", "datetime"}}


def part_of(path: Path) -> str:
    """Return the folder (or `cli`) a module belongs to; empty for the package's root."""
    relative = path.relative_to(PACKAGE)
    if len(relative.parts) > 1:
        return relative.parts[0]
    return "cli" if relative.stem in {"cli", "__main__"} else ""


def imports(path: Path) -> set[str]:
    """Return what a module imports: ours as `tfgpu_lab.part`, others by their first name."""
    package = ["tfgpu_lab", *path.relative_to(PACKAGE).parts[:-1]]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                found.add(node.module or "")
                continue
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            found |= {".".join([*base, alias.name]) for alias in node.names} if len(base) == 1 else {".".join(base)}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_what_its_part_may(path):
    part = part_of(path)
    for name in imports(path):
        first, *rest = name.split(".")
        if first == "tfgpu_lab":
            target = rest[0] if rest and (PACKAGE / rest[0]).is_dir() else ""
            assert part == "" or target in MAY_IMPORT[part], f"{part} may not import {name}"
            assert target != "guest", "guest code is text: nobody imports it"
        else:
            assert first not in NEVER.get(part, set()), f"{part} may not import {first}"
            assert part in ONLY_IN.get(first, {part}), f"{first} may be imported only in {ONLY_IN[first]}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_guests_use_the_standard_library_of_python_3_8(path):
    if part_of(path) != "guest":
        return
    ast.parse(path.read_text(), feature_version=(3, 8))
    allowed = {*sys.stdlib_module_names, "tensorflow", "numpy"}
    assert {name.split(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_says_what_it_is_for(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the first line of a module says what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"class {node.name}"
            members = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        elif isinstance(node, ast.Module):
            members = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        else:
            continue
        for member in members:
            if part_of(path) != "guest" and not member.name.startswith("_"):
                assert ast.get_docstring(member), f"function {member.name}"


def test_no_file_is_too_long():
    python = [
        *MODULES,
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "scripts").glob("*.py"),
        *(ROOT / "bench").glob("*.py"),
    ]
    typescript = [
        p for folder in ("src", "ui-tests") for p in (ROOT / folder).rglob("*.ts*") if "node_modules" not in p.parts
    ]
    long = {p: n for p in python if (n := len(p.read_text().splitlines())) > 350}
    long |= {
        p: n
        for p in typescript
        if p.suffix in {".ts", ".tsx"} and not p.name.endswith(".d.ts") and (n := len(p.read_text().splitlines())) > 250
    }
    assert not long


def test_the_rules_can_be_broken(tmp_path, monkeypatch):
    """The control: a module that breaks them is seen."""
    bad = PACKAGE / "diagnosis" / "never_written.py"
    monkeypatch.setattr(Path, "read_text", lambda self, *a, **k: "import os\nfrom ..server import app\n")
    assert imports(bad) == {"os", "tfgpu_lab.server"}
    with pytest.raises(AssertionError):
        test_imports_only_what_its_part_may(bad)
