"""User kernelspecs of ours: made from a present one with a few variables more, and removed again; never another's."""

import contextlib
import errno
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

from ..models.offer import FileChange
from .interpreter import LaunchError, read_kernelspec

MARK = "tfgpu_lab"
SUFFIX = "-tfgpu"
VARIABLES_LIMIT = 32
VALUE_LIMIT_CHARS = 32 * 1024
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(r"[a-z0-9._-]{1,100}")
_FILES = re.compile(r"kernel\.json|logo-[\w.-]+\.(png|svg)")


_MARK_TYPES: dict[str, Any] = {"made_from": str, "display_name": str, "variables": dict}


class BadSpec(Exception):
    """What was asked for is wrong; the text is one sentence, `field` the part of the request."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class CannotChange(Exception):
    """It cannot be done as things stand; the text is one sentence."""


class Draft(NamedTuple):
    """A kernelspec as it would be written, or removed."""

    name: str
    display_name: str
    change: FileChange
    logos: tuple[Path, ...]


def draft(specs: KernelSpecManager, base: str, variables: dict[str, str], name: str | None = None) -> Draft:
    """Return the kernelspec `base` with `variables` added to its env, written nowhere yet.

    A base of ours is changed in place, unless `name` says otherwise. Raises BadSpec, CannotChange.
    """
    if not variables:
        raise BadSpec("Name at least one variable.", "variables")
    _check(variables, name)
    spec = _spec(specs, base)
    own = _mark(specs, base)
    target = name or (base if own else _free_name(specs, base))
    path = _folder(specs) / target / "kernel.json"
    there = _mark(specs, target)
    if there is None and (path.parent.exists() or target in specs.find_kernel_specs()):
        raise CannotChange(f"There is a kernelspec named {target} already, and TFGPU Lab did not make it.")
    if there and there["made_from"] != (own["made_from"] if own else base):
        raise CannotChange(f"The kernelspec {target} was made from {there['made_from']}, not from this one.")
    mark: dict[str, Any] = {
        "made_from": own["made_from"] if own else base,
        "display_name": own["display_name"] if own else spec.display_name,
        "variables": {**(there or own or {"variables": {}})["variables"], **variables},
    }
    display_name = f"{mark['display_name']} + {', '.join(mark['variables'])}"
    content = {
        **spec.to_dict(),
        "argv": [part.replace("{resource_dir}", spec.resource_dir) for part in spec.argv],
        "display_name": display_name,
        "env": {**spec.env, **mark["variables"]},
        "metadata": {**spec.metadata, MARK: mark},
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    logos = () if there else tuple(sorted(Path(spec.resource_dir).glob("logo-*.*")))
    change = FileChange(path=str(path), before=_text(path), after=text)
    return Draft(target, display_name, change, logos)


def create(specs: KernelSpecManager, made: Draft) -> None:
    """Write a draft; what is there stays whole when that fails. Raises CannotChange."""
    path = Path(made.change.path)
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tfgpu-", dir=path.parent.parent) as folder:
            new = Path(folder) / made.name
            new.mkdir()
            (new / path.name).write_text(made.change.after or "", encoding="utf-8")
            for logo in made.logos:
                with contextlib.suppress(OSError):  # a picture is not worth a failure
                    shutil.copyfile(logo, new / logo.name)
            if path.parent.exists():
                (new / path.name).replace(path)
            else:
                new.rename(path.parent)  # refuses a folder that somebody has filled meanwhile
    except OSError as error:
        raise CannotChange(f"{path} cannot be written: {error.strerror}.") from error
    if made.name not in specs.find_kernel_specs():
        with contextlib.suppress(OSError):
            if made.change.before is None:
                _remove(path.parent)
            else:
                path.write_text(made.change.before, encoding="utf-8")
        raise CannotChange("This server admits no new kernelspec (see allowed_kernelspecs and kernel_dirs).")


def removal(specs: KernelSpecManager, base: str, name: str | None = None) -> Draft:
    """Return which kernelspec would be removed: `name`, else `base` if it is ours, else the one made from it.

    Raises BadSpec, CannotChange.
    """
    _check({}, name)
    target = name or (base if is_ours(specs, base) else _made_of(specs, base) or base + SUFFIX)
    path = _folder(specs) / target / "kernel.json"
    if not path.exists():
        raise CannotChange(f"TFGPU Lab has made no kernelspec {f'named {name}' if name else 'from this one'}.")
    if not is_ours(specs, target):
        raise CannotChange(f"The kernelspec {target} was not made by TFGPU Lab, which removes its own only.")
    return Draft(target, target, FileChange(path=str(path), before=_text(path), after=None), ())


def remove(gone: Draft) -> None:
    """Remove a kernelspec of ours; files that others put beside it stay. Raises CannotChange."""
    folder = Path(gone.change.path).parent
    try:
        _remove(folder)
    except OSError as error:
        raise CannotChange(f"{folder} cannot be removed: {error.strerror}.") from error


def made_from(specs: KernelSpecManager, name: str) -> str | None:
    """Return the kernelspec from which one of ours was made; None when it is not ours."""
    mark = _mark(specs, name)
    return str(mark["made_from"]) if mark else None


def is_ours(specs: KernelSpecManager, name: str) -> bool:
    """Return whether a kernelspec was made by `create`."""
    return _mark(specs, name) is not None


def _mark(specs: KernelSpecManager, name: str) -> dict[str, Any] | None:
    """Return what `create` wrote of itself into a kernelspec; None in one that is not ours."""
    folder = _folder(specs) / name
    if folder.is_symlink():
        return None
    try:
        mark = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))["metadata"][MARK]
        whole = all(isinstance(mark[key], kind) for key, kind in _MARK_TYPES.items())
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return dict(mark) if whole else None


def _check(variables: dict[str, str], name: str | None) -> None:
    if len(variables) > VARIABLES_LIMIT:
        raise BadSpec(f"There are more than {VARIABLES_LIMIT} variables.", "variables")
    for variable, value in variables.items():
        if not _VARIABLE.fullmatch(variable):
            raise BadSpec(f"{variable!r} is no name of a variable.", "variables")
        if len(value) > VALUE_LIMIT_CHARS or re.search(r"[\0\n\r]", value):
            raise BadSpec(f"The value of {variable} is too long, or has a line break in it.", "variables")
    if name is not None and (not _NAME.fullmatch(name) or name.startswith(".")):
        raise BadSpec("A kernelspec's name has small letters, digits, `.`, `-` and `_` only.", "kernelspec")


def _spec(specs: KernelSpecManager, name: str) -> KernelSpec:
    if any(kind.__name__ == "GatewayKernelSpecManager" for kind in type(specs).__mro__):
        raise CannotChange("The kernelspecs are those of a gateway: they are changed on its machine.")
    try:
        return read_kernelspec(name, specs)
    except NoSuchKernel:
        raise CannotChange(f"There is no kernelspec named {name} any more.") from None
    except LaunchError as error:
        raise CannotChange(str(error)) from None


def _folder(specs: KernelSpecManager) -> Path:
    return Path(specs.user_kernel_dir)


def _free_name(specs: KernelSpecManager, base: str) -> str:
    """Return a name for what is made from `base`: the one that ours has already, else one that nobody has."""
    plain = re.sub(r"[^a-z0-9._-]", "-", base.lower()) + SUFFIX
    taken = specs.find_kernel_specs()
    names = [plain, *(f"{plain}-{number}" for number in range(2, 100))]
    return next(
        one for one in names if made_from(specs, one) == base or not (one in taken or (_folder(specs) / one).exists())
    )


def _made_of(specs: KernelSpecManager, base: str) -> str | None:
    """Return the kernelspec of ours that was made from `base`; the first by name, None when there is none."""
    with contextlib.suppress(OSError):
        names = sorted(folder.name for folder in _folder(specs).iterdir())
        return next((one for one in names if made_from(specs, one) == base), None)
    return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return None


def _remove(folder: Path) -> None:
    for file in list(folder.iterdir()):
        if _FILES.fullmatch(file.name):
            file.unlink()
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # what others put there stays
            raise
