"""Rules on environment variables that hide the GPU or come too late (gates 8, 11, 13)."""

from .facts import CUDA_VISIBLE_DEVICES, Facts, hides_all, lists_device
from .fixes import code, kernel_env, restart
from .rule import Match, rule, seen

_SETTERS = "a cell (os.environ, %env), the kernel's kernel.json, the shell or container that started Jupyter"


@rule("cvd-hides-gpu", gate=8, title="CUDA_VISIBLE_DEVICES hides every GPU", label="CUDA_VISIBLE_DEVICES hides GPUs")
def cvd_hides_gpu(facts: Facts) -> Match | None:
    """Means: CUDA_VISIBLE_DEVICES is empty, -1 or no list of GPUs, so CUDA acts as if there were none.

    Seen by: the value in the kernel; the CUDA driver lists no device with it and lists some without it (certain). Where
    it lists none either way, this would fail as well (likely).

    Fix: remove it where it is set, or set it to the GPU's index, before TensorFlow looks for devices.

    Source: CUDA C Programming Guide, CUDA environment variables; measured with a simulated driver
    """
    mask = facts.mask
    if not hides_all(mask) or lists_device(facts.cuda):
        return None
    from_start = facts.at_start(CUDA_VISIBLE_DEVICES) == mask
    proven = facts.driver_works and (from_start or not facts.asked)
    evidence = [seen(f"{CUDA_VISIBLE_DEVICES} in the kernel", f'"{mask}"', "not set, or the index of a GPU")]
    if facts.driver_works:
        evidence.append(seen("CUDA driver without that variable", "lists a GPU", "the same with it"))
    setter = restart(f"Remove it where it is set ({_SETTERS}), then restart the kernel.")
    fixes = [kernel_env("Set it in the kernel's kernel.json, then restart", {CUDA_VISIBLE_DEVICES: "0"}), setter]
    if not facts.asked and facts.live is not None:
        undo = f'import os\nos.environ.pop("{CUDA_VISIBLE_DEVICES}", None)'
        lists = "`tf.config.list_physical_devices('GPU')` lists the GPU."
        fixes = [code("Now, before TensorFlow looks for devices", undo, lists), *(fixes if from_start else [setter])]
    elif not from_start:
        fixes = [setter]
    return Match(
        certainty="certain" if proven else "likely",
        title=f'CUDA_VISIBLE_DEVICES="{mask}" hides every GPU',
        evidence=evidence,
        fixes=fixes,
    )


@rule(
    "cvd-bad-entry",
    gate=8,
    title="CUDA_VISIBLE_DEVICES names a GPU that is not there",
    label="CUDA_VISIBLE_DEVICES is wrong",
)
def cvd_bad_entry(facts: Facts) -> Match | None:
    """Means: CUDA reads the list up to the first entry that it does not know and ignores the rest.

    Seen by: the CUDA driver lists fewer devices with the variable than it has entries, and more without it.

    Fix: name GPUs that exist; with CUDA_DEVICE_ORDER=PCI_BUS_ID the indices are those of nvidia-smi.

    Source: CUDA C Programming Guide, CUDA environment variables; measured with a simulated driver
    """
    mask, masked, free = facts.mask, facts.cuda, facts.driver
    if mask is None or hides_all(mask) or masked is None or free is None or masked.failure or not facts.driver_works:
        return None
    entries = [entry for entry in mask.split(",") if entry.strip()]
    if len(masked.devices) >= len(entries) or "MIG-" in mask:  # CUDA uses one MIG instance a process
        return None
    indices = ",".join(str(index) for index in range(len(free.devices)))
    right = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", CUDA_VISIBLE_DEVICES: indices}
    return Match(
        severity="degrades" if masked.devices else None,
        title=f'CUDA_VISIBLE_DEVICES="{mask}" names a GPU that is not there',
        evidence=[
            seen(CUDA_VISIBLE_DEVICES, f'"{mask}"', f"some of {indices}, or UUIDs of GPUs"),
            seen(
                "devices that CUDA lists with it, and without",
                f"{len(masked.devices)}, {len(free.devices)}",
                "one an entry",
            ),
        ],
        fixes=[kernel_env("Name the GPUs in the kernel's kernel.json, then restart", right)],
    )


@rule(
    "ld-library-path-too-late",
    gate=11,
    title="LD_LIBRARY_PATH was set after the kernel had started",
    label="LD_LIBRARY_PATH set too late",
    severity="info",
)
def ld_library_path_too_late(facts: Facts) -> Match | None:
    """Means: the loader reads LD_LIBRARY_PATH when the process starts; a cell that sets it changes nothing.

    Seen by: the value in the running kernel differs from the one at its start, while a library is missing; when the
    new folders have that library, this is the cause.

    Fix: put it into `env` of the kernel's kernel.json, or load the library by its full path before TensorFlow first
    looks for devices.

    Source: ld.so(8); https://github.com/jupyter/notebook/issues/1290; measured
    """
    now, before = facts.value("LD_LIBRARY_PATH"), facts.at_start("LD_LIBRARY_PATH")
    missing = [one for one in facts.libraries if one.path is None]
    if facts.live is None or not now or now == before or not missing:
        return None
    folders = {part.rstrip("/") for part in now.split(":")} - {part.rstrip("/") for part in (before or "").split(":")}
    late = [one.soname for one in missing if any(path.rpartition("/")[0] in folders for path in one.elsewhere)]
    evidence = [
        seen("LD_LIBRARY_PATH in the kernel now", now, "the same as at its start"),
        seen("LD_LIBRARY_PATH at the kernel's start", before, now),
    ]
    if late:
        evidence.append(seen("libraries in the new folders", ", ".join(late), "found by the loader"))
    return Match(
        severity="blocks-gpu" if len(late) == len(missing) else None,
        evidence=evidence,
        fixes=[kernel_env("Put it into the kernel's kernel.json, then restart", {"LD_LIBRARY_PATH": now})],
    )


@rule(
    "env-changed-after-device-query",
    gate=13,
    title="CUDA_VISIBLE_DEVICES was changed after TensorFlow had looked for GPUs",
    label="changed too late: restart needed",
    severity="info",
)
def env_changed_too_late(facts: Facts) -> Match | None:
    """Means: TensorFlow reads CUDA_VISIBLE_DEVICES once, at its first look for devices; what comes later has no effect
    before a restart.

    Seen by: TensorFlow has listed its devices, and the value now is not the one at the kernel's start. Certain where
    the list fits only the old value; otherwise the change may have come in time.

    Fix: restart the kernel and set it in the first cell, before TensorFlow is imported.

    Source: measured with TensorFlow 2.21.0
    """
    now, before = facts.mask, facts.at_start(CUDA_VISIBLE_DEVICES)
    if facts.environment is None or not facts.asked or now == before:
        return None
    too_late_to_show = not facts.physical_gpus and hides_all(before) and not hides_all(now)
    too_late_to_hide = bool(facts.physical_gpus) and hides_all(now)
    if facts.physical_gpus and not too_late_to_hide:
        return None
    proven = too_late_to_hide or (too_late_to_show and lists_device(facts.cuda))
    listed = ", ".join(facts.physical_gpus) or "no GPU"
    return Match(
        certainty="certain" if proven else "hint",
        severity="blocks-gpu" if too_late_to_show and lists_device(facts.cuda) else None,
        title=None if proven else "CUDA_VISIBLE_DEVICES was changed, and TensorFlow has already looked for GPUs",
        evidence=[
            seen(f"{CUDA_VISIBLE_DEVICES} at the kernel's start", before, "the value that is wanted"),
            seen(f"{CUDA_VISIBLE_DEVICES} now", now, "the same as at the start"),
            seen("GPUs that TensorFlow has listed", listed, "those of the value now"),
        ],
        fixes=[
            restart("Restart the kernel and set the variable in the first cell, before `import tensorflow`."),
            kernel_env("Set it in the kernel's kernel.json, then restart", {CUDA_VISIBLE_DEVICES: now or "0"}),
        ],
    )
