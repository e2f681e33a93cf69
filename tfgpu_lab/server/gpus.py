"""`gpus`: the driver, the devices and their latest samples."""

from typing import ClassVar

import msgspec

from ..models.gpu import Gpus
from .base import Handler, guarded
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
        self.answer(msgspec.structs.replace(gpus, processes=await self.services.bindings.processes()))
