"""`kernels`: one row a kernel, one report a kernel, and probing it again."""

from typing import ClassVar

from ..models.kernel import KernelReport, Kernels, ProbeRequest
from .base import Handler, Refused, guarded
from .openapi import Operation
from .reports import NoSuchKernel


class KernelsHandler(Handler):
    """All kernels of this server."""

    operations: ClassVar = {"get": Operation("One row a kernel with its verdict", Kernels)}

    @guarded("read")
    async def get(self) -> None:
        """Answer with a row for each running kernel."""
        self.answer(Kernels(kernels=await self.services.rows.get()))


class KernelHandler(Handler):
    """One kernel's report."""

    operations: ClassVar = {"get": Operation("Everything that is known of one kernel", KernelReport, errors=(404,))}

    @guarded("read")
    async def get(self, kernel_id: str) -> None:
        """Answer with the kernel's report."""
        self.answer(await _report(self, kernel_id))


class ProbeHandler(Handler):
    """Probing a kernel's environment again."""

    operations: ClassVar = {
        "post": Operation("Probe the kernel's environment again", KernelReport, ProbeRequest, errors=(400, 404))
    }

    @guarded("execute")
    async def post(self, kernel_id: str) -> None:
        """Forget what is known of the kernel's environment, probe it and answer with the new report.

        With `import` TensorFlow is imported in a fresh process as well; the kernel itself is not touched.
        """
        request = self.body(ProbeRequest)
        self.answer(await _report(self, kernel_id, afresh=True, confirming=request.import_))


async def _report(handler: Handler, kernel_id: str, *, afresh: bool = False, confirming: bool = False) -> KernelReport:
    try:
        return await handler.services.reporter.report(kernel_id, afresh=afresh, confirming=confirming)
    except NoSuchKernel:
        raise Refused(404, "There is no such kernel; it may have been shut down.", "no-such-kernel") from None
