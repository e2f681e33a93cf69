"""Kernelspecs of ours: made from a present one, changed in place, removed; what is another's is never touched."""

import json
import shutil

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from tfgpu_lab.kernels.kernelspecs import BadSpec, CannotChange, create, draft, is_ours, made_from, removal, remove

GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}


@pytest.fixture
def folder(tmp_path):
    """The user's folder of kernelspecs."""
    path = tmp_path / "user" / "kernels"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def specs(folder, tmp_path):
    """A manager that knows the user's kernelspecs and one of the system, `lab`."""
    system = tmp_path / "system"
    spec = system / "lab" / "kernel.json"
    spec.parent.mkdir(parents=True)
    content = {
        "argv": ["/opt/python", "{resource_dir}/run.py", "-f", "{connection_file}"],
        "display_name": "Lab",
        "language": "python",
        "env": {"A": "1"},
        "metadata": {"debugger": True},
        "interrupt_mode": "message",
    }
    spec.write_text(json.dumps(content))
    (spec.parent / "logo-64x64.png").write_bytes(b"png")
    manager = KernelSpecManager(kernel_dirs=[str(folder), str(system)], ensure_native_kernel=False)
    manager.user_kernel_dir = str(folder)
    return manager


def made(specs, base="lab", variables=GROWTH, name=None):
    one = draft(specs, base, variables, name)
    create(specs, one)
    return one.name


def test_a_draft_writes_nothing_and_shows_the_whole_file(specs, folder):
    one = draft(specs, "lab", GROWTH)
    assert list(folder.iterdir()) == []
    assert one.change.before is None
    create(specs, one)
    assert (folder / one.name / "kernel.json").read_text() == one.change.after
    assert one.change.path == str(folder / one.name / "kernel.json")
    assert [one.name for one in folder.iterdir()] == ["lab-tfgpu"], "no scraps"


def test_keeps_all_of_the_present_one_and_adds_the_variables(specs, folder):
    spec = specs.get_kernel_spec(made(specs))
    system = specs.get_kernel_spec("lab")
    assert spec.env == {"A": "1", **GROWTH}
    assert spec.argv == ["/opt/python", f"{system.resource_dir}/run.py", "-f", "{connection_file}"]
    assert (spec.language, spec.interrupt_mode, spec.metadata["debugger"]) == ("python", "message", True)
    assert spec.display_name == "Lab + TF_FORCE_GPU_ALLOW_GROWTH"
    assert (folder / "lab-tfgpu" / "logo-64x64.png").read_bytes() == b"png"
    assert system.env == {"A": "1"}
    assert made_from(specs, "lab-tfgpu") == "lab"
    assert made_from(specs, "lab") is None


def test_a_second_one_changes_the_first_and_keeps_its_variables(specs, folder):
    first = made(specs)
    for base in ("lab", first):
        one = draft(specs, base, {"CUDA_VISIBLE_DEVICES": "0"})
        assert (one.name, one.change.before) == (first, (folder / first / "kernel.json").read_text())
        assert one.display_name == "Lab + TF_FORCE_GPU_ALLOW_GROWTH, CUDA_VISIBLE_DEVICES"
    create(specs, one)
    assert specs.get_kernel_spec(first).env == {"A": "1", **GROWTH, "CUDA_VISIBLE_DEVICES": "0"}
    assert made_from(specs, first) == "lab"
    assert [one.name for one in folder.iterdir()] == [first]


def test_what_is_not_ours_is_never_overwritten(specs, folder):
    theirs = folder / "lab-tfgpu" / "kernel.json"
    theirs.parent.mkdir()
    theirs.write_text(json.dumps({"argv": ["x"], "display_name": "Theirs", "language": "python"}))
    assert made(specs) == "lab-tfgpu-2"
    with pytest.raises(CannotChange, match="did not make it"):
        draft(specs, "lab", GROWTH, "lab-tfgpu")
    with pytest.raises(CannotChange, match="removes its own only"):
        removal(specs, "lab", "lab-tfgpu")
    assert json.loads(theirs.read_text())["display_name"] == "Theirs"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"metadata": {"tfgpu_lab": true}}', '{"metadata": []}'])
def test_a_broken_kernelspec_is_not_ours(specs, folder, content):
    path = folder / "broken" / "kernel.json"
    path.parent.mkdir()
    path.write_text(content)
    assert not is_ours(specs, "broken")


def test_a_link_is_not_ours(specs, folder, tmp_path):
    name = made(specs)
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert not is_ours(specs, name)


def test_removing_undoes_it(specs, folder):
    name = made(specs)
    for base in ("lab", name):
        gone = removal(specs, base)
        assert (gone.name, gone.change.after) == (name, None)
    remove(gone)
    assert list(folder.iterdir()) == []
    with pytest.raises(CannotChange, match="has made no kernelspec"):
        removal(specs, "lab")


def test_what_others_put_beside_it_stays(specs, folder):
    name = made(specs)
    (folder / name / "notes.txt").write_text("mine")
    remove(removal(specs, "lab"))
    assert (folder / name / "notes.txt").read_text() == "mine"
    assert name not in specs.find_kernel_specs()


@pytest.mark.parametrize(
    ("variables", "name", "field"),
    [
        ({}, None, "variables"),
        ({"A B": "1"}, None, "variables"),
        ({"A": "1\n2"}, None, "variables"),
        ({"A": "x" * 40000}, None, "variables"),
        ({f"A{i}": "" for i in range(40)}, None, "variables"),
        (GROWTH, "../x", "kernelspec"),
        (GROWTH, "..", "kernelspec"),
        (GROWTH, "A", "kernelspec"),
        (GROWTH, "", "kernelspec"),
    ],
)
def test_what_cannot_stand_in_a_kernelspec_is_refused(specs, folder, variables, name, field):
    with pytest.raises(BadSpec) as raised:
        draft(specs, "lab", variables, name)
    assert raised.value.field == field
    assert list(folder.iterdir()) == []


def test_a_server_that_allows_only_some_gets_none(specs, folder):
    specs.allowed_kernelspecs = {"lab"}
    with pytest.raises(CannotChange, match="admits"):
        made(specs)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(specs, folder):
    one = draft(specs, "lab", GROWTH)
    shutil.rmtree(folder.parent)
    folder.parent.write_text("a file")
    with pytest.raises(CannotChange, match="cannot be written"):
        create(specs, one)


def test_the_base_may_be_gone(specs):
    with pytest.raises(CannotChange, match="any more"):
        draft(specs, "nowhere", GROWTH)


def test_the_name_of_another_folders_kernelspec_is_not_taken(specs, folder, tmp_path):
    """The user's folder comes first: one made there under the name `ir` would be every notebook's R."""
    other = tmp_path / "system" / "ir" / "kernel.json"
    other.parent.mkdir()
    other.write_text('{"argv": ["R"], "display_name": "R", "language": "R"}')
    with pytest.raises(CannotChange, match="did not make it"):
        draft(specs, "lab", GROWTH, "ir")


def test_one_made_from_another_base_is_not_changed(specs, folder, tmp_path):
    made(specs, name="mine")
    other = tmp_path / "system" / "other" / "kernel.json"
    other.parent.mkdir()
    shutil.copy(tmp_path / "system" / "lab" / "kernel.json", other)
    with pytest.raises(CannotChange, match="was made from lab"):
        draft(specs, "other", GROWTH, "mine")


def test_a_change_that_is_not_admitted_leaves_what_was_there(specs, folder):
    name = made(specs)
    before = (folder / name / "kernel.json").read_text()
    one = draft(specs, "lab", {"B": "2"})
    specs.allowed_kernelspecs = {"lab"}
    with pytest.raises(CannotChange, match="admits"):
        create(specs, one)
    assert (folder / name / "kernel.json").read_text() == before


def test_one_with_another_name_is_found_for_its_removal(specs, folder):
    made(specs, name="mine")
    assert removal(specs, "lab").name == "mine"
