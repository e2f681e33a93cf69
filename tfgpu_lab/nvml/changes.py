"""What changed between two sweeps, as sentences for the log and the timeline; pure."""

from ..models.event import Happening
from ..models.gpu import Gpu, Sweep


def changes(before: Sweep, after: Sweep) -> list[Happening]:
    """Return what changed for the driver and each GPU, the driver first."""
    if after.driver.state != "ok":
        if after.driver.reason == before.driver.reason:
            return []
        return [Happening(kind="driver-failed", text=after.driver.reason)]
    if before.driver.state != "ok":
        count = len(after.devices)
        version = f" {after.driver.driver_version}" if after.driver.driver_version else ""
        text = f"The NVIDIA driver{version} answers and lists {count} GPU{'s' * (count != 1)}."
        found = [Happening(kind="driver-returned", text=text)]
        return found + [h for gpu in after.devices for h in _gpu(None, gpu) if gpu.state != "ok"]
    old = {gpu.uuid: gpu for gpu in before.devices}
    # A GPU that was first seen lost has no uuid; its place tells that it is the same.
    places = {gpu.index: gpu for gpu in before.devices if gpu.uuid.startswith("unreadable-")}
    found = [h for gpu in after.devices for h in _gpu(old.get(gpu.uuid) or places.get(gpu.index), gpu)]
    there = {gpu.uuid for gpu in after.devices} | {
        places[gpu.index].uuid for gpu in after.devices if gpu.index in places
    }
    return found + [
        _about(gpu, "gpu-vanished", "is gone from the driver's list.")
        for gpu in before.devices
        if gpu.uuid not in there
    ]


def _gpu(old: Gpu | None, gpu: Gpu) -> list[Happening]:
    if gpu.state == "ok":
        if old is None:
            return [_about(gpu, "gpu-appeared", "is new in the driver's list.")]
        return [_about(gpu, "gpu-returned", "answers again.")] if old.state != "ok" else []
    # The sentence of a stalled GPU holds a time of day: asked again in vain, it is the same news.
    if old is not None and old.state == gpu.state and (old.problem == gpu.problem or gpu.state == "stalled"):
        return []
    kind = "gpu-stalled" if gpu.state == "stalled" else "gpu-lost"
    return [_about(gpu, kind, f"does not answer. {gpu.problem}")]


def _about(gpu: Gpu, kind: str, text: str) -> Happening:
    return Happening(kind=kind, text=f"GPU {gpu.index} {text}", gpu_index=gpu.index, gpu_uuid=gpu.uuid)  # type: ignore[arg-type]
