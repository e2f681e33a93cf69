"""`gpus`: the driver, the devices and their latest samples."""

from typing import ClassVar

from ..models.gpu import Gpus
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
        text = self.get_query_argument("since", "0")
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Refused(400, "`since` must be a whole number, 0 or more.", "bad-request", "since")
        self.answer(await self.services.sampler.read(int(text)))
