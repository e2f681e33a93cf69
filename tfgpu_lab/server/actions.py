"""`kernels/{id}/actions`: what may be done for a kernel, and doing it."""

from typing import ClassVar, get_args

from ..kernels.kernelspecs import BadSpec
from ..models.action import ActionName, ActionRequest
from ..models.offer import ActionOffers, ActionResult
from .acting import NotNow, Unexpected
from .base import Handler, Refused, guarded
from .openapi import Operation
from .reports import NoSuchKernel


class ActionsHandler(Handler):
    """What may be done for a kernel."""

    operations: ClassVar = {
        "get": Operation("The actions: what each would do now, and whether it can", ActionOffers, errors=(404,))
    }

    @guarded("read")
    async def get(self, kernel_id: str) -> None:
        """Answer with every action, the code and files of each included; nothing is done."""
        try:
            self.answer(await self.services.actions.offers(kernel_id))
        except NoSuchKernel:
            raise _gone() from None


class ActionHandler(Handler):
    """Doing one action."""

    operations: ClassVar = {
        "post": Operation(
            "Do one action, or with `preview` say what it would do",
            ActionResult,
            ActionRequest,
            errors=(400, 404, 409, 503),
        )
    }

    @guarded("execute")
    async def post(self, kernel_id: str, action: str) -> None:
        """Do it and answer with the verdict before and after."""
        if action not in get_args(ActionName):
            raise Refused(404, f"There is no action {action:.40}.", "no-such-action")
        name: ActionName = action  # type: ignore[assignment]
        request = self.body(ActionRequest)
        _only_for(name, request)
        try:
            self.answer(await self.services.actions.act(kernel_id, name, request))
        except NoSuchKernel:
            raise _gone() from None
        except BadSpec as error:
            raise Refused(400, str(error), "bad-request", error.field) from None
        except NotNow as error:
            raise Refused(409, str(error), "not-possible") from None
        except Unexpected as error:
            raise Refused(503, str(error), "failed") from None


def _only_for(action: ActionName, request: ActionRequest) -> None:
    """Refuse a field that the action would not heed."""
    if request.variables is not None and action != "create-kernelspec":
        raise Refused(400, "`variables` is for create-kernelspec only.", "bad-request", "variables")
    if request.kernelspec is not None and not action.endswith("-kernelspec"):
        raise Refused(400, "`kernelspec` is for the actions on kernelspecs only.", "bad-request", "kernelspec")


def _gone() -> Refused:
    return Refused(404, "There is no such kernel; it may have been shut down.", "no-such-kernel")
