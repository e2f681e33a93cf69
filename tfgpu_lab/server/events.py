"""`events`: what changed, for who looks later."""

from typing import ClassVar

from ..models.event import Events
from .base import Handler, guarded
from .openapi import Operation


class EventsHandler(Handler):
    """The timeline."""

    operations: ClassVar = {
        "get": Operation(
            "Changes of the GPUs and of the kernels' use of them",
            Events,
            query=(("since", "integer", "`seq` of the last answer; absent or 0 for everything that is kept"),),
            errors=(400,),
        )
    }

    @guarded("read")
    async def get(self) -> None:
        """Answer with the changes after `since`; asks neither a GPU nor a kernel."""
        self.answer(self.services.timeline.since(self.cursor()))
