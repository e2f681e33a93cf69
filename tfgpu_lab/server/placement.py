"""`kernels/{id}/placement`: where the models of a notebook live, looked at on demand."""

from typing import ClassVar

from ..kernels.agent import Busy, Unavailable
from ..models.placement import Placement, PlacementOffer, PlacementRequest
from .base import Handler, Refused, guarded
from .openapi import Operation
from .reports import NoSuchKernel


class PlacementHandler(Handler):
    """Where models and variables live."""

    operations: ClassVar = {
        "get": Operation("What looking means and costs, and what was seen last", PlacementOffer, errors=(404,)),
        "post": Operation(
            "Look in the idle kernel where models and variables live; with `follow`, watch the next cell's operations",
            Placement,
            PlacementRequest,
            errors=(400, 404, 409, 503),
        ),
    }

    @guarded("read")
    async def get(self, kernel_id: str) -> None:
        """Answer with what would be run; nothing is."""
        try:
            self.answer(await self.services.placements.offer(kernel_id))
        except NoSuchKernel:
            raise _gone() from None

    @guarded("execute")
    async def post(self, kernel_id: str) -> None:
        """Run a short program in the kernel, which must be idle."""
        placements, request = self.services.placements, self.body(PlacementRequest)
        try:
            look = placements.look_and_follow if request.follow else placements.look
            self.answer(await look(kernel_id))
        except NoSuchKernel:
            raise _gone() from None
        except Busy as error:
            raise Refused(409, str(error), "busy") from None
        except Unavailable as error:
            raise Refused(503, str(error), "unavailable") from None


def _gone() -> Refused:
    return Refused(404, "There is no such kernel; it may have been shut down.", "no-such-kernel")
