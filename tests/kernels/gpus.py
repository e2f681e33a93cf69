"""Makes GPUs, sweeps, kernels and live reports for tests of the binding. Nothing here was measured."""

from tfgpu_lab.kernels.binding import Here, KernelProcesses
from tfgpu_lab.kernels.processes import GpuFiles
from tfgpu_lab.models.gpu import Driver, Gpu, MigInstance, Sweep
from tfgpu_lab.models.live import LiveReport, LiveTensorFlow
from tfgpu_lab.models.process import ListedProcess, ListedProcesses

MIB = 1 << 20
AT_S = 1000.0
OK = Driver(state="ok", reason="", nvml_code=None, driver_version="550.54.14", cuda_version="12.4")


def gpu(index, name="Alike", mig=0):
    parts = [
        MigInstance(
            uuid=f"MIG-{index}{part}000000",
            index=part,
            name="part",
            gpu_instance_id=part + 1,
            compute_instance_id=0,
            memory_total_bytes=MIB,
        )
        for part in range(mig)
    ]
    return Gpu(
        index=index,
        uuid=f"GPU-{index}1111111",
        name=name,
        minor_number=index,
        pci_bus_id=None,
        memory_total_bytes=MIB,
        compute_capability=None,
        power_limit_w=None,
        mig_enabled=bool(mig),
        mig=parts,
        absent={},
    )


def sweep(*listed, absent=None, driver=OK, devices=None):
    """A sweep of one GPU an argument, each a list of (pid, MiB or None) or (pid, MiB, MIG uuid)."""
    devices = devices or [gpu(index) for index in range(len(listed))]
    lists = [
        ListedProcesses(
            uuid=device.uuid,
            absent=absent,
            processes=[
                ListedProcess(pid=pid, memory_used_bytes=mib and mib * MIB, mig_uuid=part[0] if part else None)
                for pid, mib, *part in processes
            ],
        )
        for device, processes in zip(devices, listed, strict=True)
    ]
    return Sweep(driver=driver, devices=devices, samples=[], listed=lists, listed_at_s=AT_S)


def kernel(kernel_id="k", pids=(100,), opened=None, **options):
    """A kernel; `opened`: pid to the minors of the GPUs it has open. The other pids have no driver open."""
    files = {pid: GpuFiles(driver=False, minors=frozenset()) for pid in pids}
    files |= {pid: GpuFiles(driver=True, minors=frozenset(minors)) for pid, minors in (opened or {}).items()}
    return KernelProcesses(kernel_id, "python3", f"{kernel_id}.ipynb", pids, files, **options)


def here(*names, outermost=True, own=()):
    return Here(outermost=outermost, names=dict.fromkeys(names, "python3"), own=frozenset(own))


def tensorflow(context="initialized", visible=("GPU:0",), logical=("GPU:0",), growth=None, **more):
    return LiveTensorFlow(
        version="2.21.0",
        importing=False,
        context=context,
        physical_devices=None,
        visible_devices=["/physical_device:CPU:0", *(f"/physical_device:{name}" for name in visible)],
        logical_devices=["/device:CPU:0", *(f"/device:{name}" for name in logical)],
        memory_growth=growth,
        soft_placement=True,
        **more,
    )


def live(tensorflow=None, **variables):
    return LiveReport(
        pid=100,
        process_start_ticks=1,
        boot_id="b",
        pid_namespace="pid:[1]",
        hostname="h",
        executable="/python",
        prefix="/",
        python_version="3.11.7",
        cwd="/",
        variables=variables,
        tensorflow=tensorflow,
        keras=None,
    )
