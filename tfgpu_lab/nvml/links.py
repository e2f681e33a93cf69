"""How a GPU is connected, read on demand: the throughput alone makes the driver wait 20 ms for each direction."""

import contextlib
import time
from typing import Any

import pynvml

from ..models.links import GpuLinks
from .reading import Fields, sentence

NVLINKS = pynvml.NVML_NVLINK_MAX_LINKS


class LinksUnreadable(Exception):
    """The GPU or the driver does not answer; the text is one sentence for the user."""


def read_links(uuid: str) -> GpuLinks:
    """Return how a GPU is connected. Blocks as long as the driver does, so it belongs in a thread.

    Raises LinksUnreadable, and KeyError when the driver knows no GPU of that uuid.
    """
    try:
        pynvml.nvmlInit()  # counted by NVML: the sampler's own stays as it is
    except pynvml.NVMLError as error:
        raise LinksUnreadable(sentence(error)) from None
    try:
        return _links(uuid, pynvml.nvmlDeviceGetHandleByUUID(uuid))
    except (pynvml.NVMLError_NotFound, pynvml.NVMLError_InvalidArgument):
        raise KeyError(uuid) from None
    except pynvml.NVMLError as error:
        raise LinksUnreadable(sentence(error)) from None
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _links(uuid: str, handle: Any) -> GpuLinks:
    fields = Fields()
    receive = fields.get("pcie_receive_bytes_per_s", lambda: _throughput(handle, pynvml.NVML_PCIE_UTIL_RX_BYTES))
    transmit = fields.get("pcie_transmit_bytes_per_s", lambda: _throughput(handle, pynvml.NVML_PCIE_UTIL_TX_BYTES))
    states = _nvlinks(handle, fields)
    return GpuLinks(
        uuid=uuid,
        at_s=time.time(),
        pcie_generation=fields.get("pcie_generation", lambda: int(pynvml.nvmlDeviceGetCurrPcieLinkGeneration(handle))),
        pcie_generation_max=fields.get(
            "pcie_generation_max", lambda: int(pynvml.nvmlDeviceGetMaxPcieLinkGeneration(handle))
        ),
        pcie_lanes=fields.get("pcie_lanes", lambda: int(pynvml.nvmlDeviceGetCurrPcieLinkWidth(handle))),
        pcie_lanes_max=fields.get("pcie_lanes_max", lambda: int(pynvml.nvmlDeviceGetMaxPcieLinkWidth(handle))),
        pcie_receive_bytes_per_s=receive,
        pcie_transmit_bytes_per_s=transmit,
        nvlinks=None if states is None else len(states),
        nvlinks_active=None if states is None else sum(states),
        absent=fields.absent,
    )


def _throughput(handle: Any, counter: int) -> int:
    return int(pynvml.nvmlDeviceGetPcieThroughput(handle, counter)) * 1024  # NVML says KiB/s


def _nvlinks(handle: Any, fields: Fields) -> list[bool] | None:
    """Return which of the GPU's NVLinks are up; one that is not supported ends the list. None when it is not said."""
    states: list[bool] = []
    for link in range(NVLINKS):
        try:
            states.append(bool(pynvml.nvmlDeviceGetNvLinkState(handle, link)))
        except (pynvml.NVMLError_NotSupported, pynvml.NVMLError_InvalidArgument):  # noqa: PERF203 - at most 18
            break
        except pynvml.NVMLError as error:
            fields.absent["nvlinks"] = fields.absent["nvlinks_active"] = sentence(error)
            return None
    return states
