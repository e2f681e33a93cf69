"""`gpus`: the driver, the devices and their latest samples; and how one of them is connected."""

from typing import ClassVar

import msgspec

from ..models.gpu import Gpus
from ..models.links import GpuLinks
from ..nvml.links import LinksUnreadable
from .base import Handler, Refused, guarded
from .openapi import Operation


class GpusHandler(Handler):
    """The GPUs of this server's machine; a read renews the sampler's lease."""

    operations: ClassVar = {
        "get": Operation(
            "GPUs, driver state and the samples that the client has not seen",
            Gpus,
            query=(("since", "integer", "`seq` of the last answer; absent or 0 for everything that is kept"),),
            errors=(400,),
        )
    }

    @guarded("read")
    async def get(self) -> None:
        """Answer with the samples after `since`."""
        gpus = await self.services.sampler.read(self.cursor())
        bindings = self.services.bindings
        processes = await bindings.processes()
        self.answer(msgspec.structs.replace(gpus, processes=processes, idle_holders=bindings.idle_holders()))


class LinksHandler(Handler):
    """PCIe and NVLink of one GPU."""

    operations: ClassVar = {
        "get": Operation("How a GPU is connected: PCIe and NVLink", GpuLinks, errors=(404, 503)),
    }

    @guarded("read")
    async def get(self, uuid: str) -> None:
        """Answer with the GPU's links; takes tens of milliseconds, in a thread."""
        try:
            self.answer(await self.services.links.of(uuid))
        except KeyError:
            raise Refused(404, "The driver lists no GPU of that uuid.", "no-such-gpu") from None
        except LinksUnreadable as error:
            raise Refused(503, str(error), "gpu-unreadable") from None
