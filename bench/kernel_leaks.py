"""Whether starts, restarts and readings of kernels leave files, threads or processes behind.

python bench/kernel_leaks.py [--restarts 20] [--kernels 10]

The defaults take half a minute. A leak of one in a hundred is seen by `--restarts 500 --kernels 500`, in half an hour.
"""

import argparse
import asyncio
import tempfile
import time
from typing import Any

import psutil
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from tfgpu_lab.kernels.agent import Agents

ROUND = 50
SETTLE_S = 10


def held() -> dict[str, int]:
    """Return what this process holds."""
    process = psutil.Process()
    children = [one for one in process.children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]
    return {"files": process.num_fds(), "threads": process.num_threads(), "processes": len(children)}


async def settled(before: dict[str, int]) -> dict[str, int]:
    """Return what is held once it has fallen to what it was, or after some seconds: ZeroMQ closes in its own time."""
    for _ in range(int(SETTLE_S * 10)):
        if all(now <= before[name] for name, now in held().items()):
            break
        await asyncio.sleep(0.1)
    return held()


async def instrumented(kernels: Any, agents: Agents, kernel_id: str) -> None:
    """Install the agent and read it."""
    km = kernels.get_kernel(kernel_id)
    await agents.install(kernel_id, km)
    assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid


async def main(restarts: int, starts: int) -> None:
    """Print what is held after each round."""
    kernels = AsyncMappingKernelManager(connection_dir=tempfile.mkdtemp())
    agents = Agents()
    kernel_id = await kernels.start_kernel()
    await instrumented(kernels, agents, kernel_id)
    before = await settled({"files": 0, "threads": 0, "processes": 0})
    print(f"before: {before}")
    began = time.monotonic()
    for number in range(1, restarts + 1):
        await (await kernels.restart_kernel(kernel_id, now=True) or asyncio.sleep(0))
        agents.forget(kernel_id)
        await instrumented(kernels, agents, kernel_id)
        if number % ROUND == 0 or number == restarts:
            print(
                f"{number} restarts: {await settled(before)}, {(time.monotonic() - began) / number:.2f} s each",
                flush=True,
            )
    for number in range(1, starts + 1):
        other = await kernels.start_kernel()
        await instrumented(kernels, agents, other)
        await kernels.shutdown_kernel(other, now=True)
        agents.forget(other)
        if number % ROUND == 0 or number == starts:
            print(f"{number} starts: {await settled(before)}", flush=True)
    await agents.close()
    await kernels.shutdown_kernel(kernel_id, now=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--restarts", type=int, default=20)
    options.add_argument("--kernels", type=int, default=10)
    chosen = options.parse_args()
    asyncio.run(main(chosen.restarts, chosen.kernels))
