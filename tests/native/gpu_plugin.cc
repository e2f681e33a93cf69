/* A simulated GPU on which TensorFlow computes: a PluggableDevice of type GPU whose memory is the host's and whose
 * kernels are TensorFlow's own for the CPU. It lists, places, allocates, runs out of memory and fits models as a GPU
 * does; no speed and no size in it is a measurement.
 *
 * TFGPU_SIMULATED_GPUS         how many there are; 1 when absent
 * TFGPU_SIMULATED_GPU_MB       the memory of each; 2048 when absent
 * TFGPU_SIMULATED_GPU_FAILS    creating a device fails with this text
 * TFGPU_SIMULATED_GPU_LASTS    after so many waits for it, each further one says that it is lost; 0 is never
 *
 * It is of C++ and so made for one version of TensorFlow: the one whose headers it was built with.
 */
#define EIGEN_USE_THREADS
#include <stdlib.h>
#include <string.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "tensorflow/c/experimental/stream_executor/stream_executor.h"
#include "tensorflow/core/framework/kernel_def.pb.h"
#include "tensorflow/core/framework/node_properties.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "unsupported/Eigen/CXX11/Tensor"

namespace {

const int kMost = 16;
std::atomic<int64_t> in_use[kMost], peak[kMost];

int64_t number(const char *name, int64_t otherwise) {
  const char *text = getenv(name);
  return text && *text ? atoll(text) : otherwise;
}
int64_t limit_bytes() { return number("TFGPU_SIMULATED_GPU_MB", 2048) << 20; }

/* ---- Memory: the host's, counted. ---- */
void allocate(const SP_Device *device, uint64_t size, int64_t, SP_DeviceMemoryBase *memory) {
  memory->struct_size = SP_DEVICE_MEMORY_BASE_STRUCT_SIZE;
  memory->opaque = nullptr, memory->size = 0;
  if (in_use[device->ordinal] + (int64_t)size > limit_bytes() || posix_memalign(&memory->opaque, 256, size)) return;
  memory->size = size;
  int64_t now = in_use[device->ordinal] += size;
  if (now > peak[device->ordinal]) peak[device->ordinal] = now;
}
void deallocate(const SP_Device *device, SP_DeviceMemoryBase *memory) {
  if (memory->opaque) in_use[device->ordinal] -= memory->size;
  free(memory->opaque);
  memory->opaque = nullptr, memory->size = 0;
}
void *host_allocate(const SP_Device *, uint64_t size) {
  void *memory = nullptr;
  return posix_memalign(&memory, 256, size) ? nullptr : memory;
}
void host_deallocate(const SP_Device *, void *memory) { free(memory); }
TF_Bool stats(const SP_Device *device, SP_AllocatorStats *out) {
  *out = {SP_ALLOCATORSTATS_STRUCT_SIZE};
  out->bytes_in_use = in_use[device->ordinal], out->peak_bytes_in_use = peak[device->ordinal];
  out->has_bytes_limit = 1, out->bytes_limit = limit_bytes();
  return 1;
}
TF_Bool usage(const SP_Device *device, int64_t *free_bytes, int64_t *total) {
  *total = limit_bytes(), *free_bytes = *total - in_use[device->ordinal];
  return 1;
}

/* ---- Streams, events, timers: all work is done when it is asked for. ---- */
void ok(TF_Status *status) { TF_SetStatus(status, TF_OK, ""); }
void create_stream(const SP_Device *, SP_Stream *out, TF_Status *s) { *out = (SP_Stream)malloc(1), ok(s); }
void destroy_stream(const SP_Device *, SP_Stream stream) { free(stream); }
void depend(const SP_Device *, SP_Stream, SP_Stream, TF_Status *s) { ok(s); }
void stream_status(const SP_Device *, SP_Stream, TF_Status *s) { ok(s); }
void create_event(const SP_Device *, SP_Event *out, TF_Status *s) { *out = (SP_Event)malloc(1), ok(s); }
void destroy_event(const SP_Device *, SP_Event event) { free(event); }
SE_EventStatus event_status(const SP_Device *, SP_Event) { return SE_EVENT_COMPLETE; }
void on_event(const SP_Device *, SP_Stream, SP_Event, TF_Status *s) { ok(s); }
void block_for_event(const SP_Device *, SP_Event, TF_Status *s) { ok(s); }
void create_timer(const SP_Device *, SP_Timer *out, TF_Status *s) { *out = (SP_Timer)malloc(1), ok(s); }
void destroy_timer(const SP_Device *, SP_Timer timer) { free(timer); }
void on_timer(const SP_Device *, SP_Stream, SP_Timer, TF_Status *s) { ok(s); }
/* As CUDA does: what went wrong is told by the next wait. */
void wait(TF_Status *s) {
  static std::atomic<int64_t> waits;
  int64_t most = number("TFGPU_SIMULATED_GPU_LASTS", 0);
  most && ++waits > most ? TF_SetStatus(s, TF_INTERNAL, "CUDA_ERROR_LAUNCH_FAILED: simulated") : ok(s);
}
void block(const SP_Device *, SP_Stream, TF_Status *s) { wait(s); }
void synchronize(const SP_Device *, TF_Status *s) { wait(s); }
TF_Bool host_callback(const SP_Device *, SP_Stream, SE_StatusCallbackFn call, void *argument) {
  TF_Status *status = TF_NewStatus();
  call(argument, status);
  TF_DeleteStatus(status);
  return 1;
}

typedef SP_DeviceMemoryBase Memory;
void dtoh(const SP_Device *, SP_Stream, void *to, const Memory *from, uint64_t n, TF_Status *s) { memcpy(to, from->opaque, n), ok(s); }
void htod(const SP_Device *, SP_Stream, Memory *to, const void *from, uint64_t n, TF_Status *s) { memcpy(to->opaque, from, n), ok(s); }
void dtod(const SP_Device *, SP_Stream, Memory *to, const Memory *from, uint64_t n, TF_Status *s) { memmove(to->opaque, from->opaque, n), ok(s); }
void sync_dtoh(const SP_Device *, void *to, const Memory *from, uint64_t n, TF_Status *s) { memcpy(to, from->opaque, n), ok(s); }
void sync_htod(const SP_Device *, Memory *to, const void *from, uint64_t n, TF_Status *s) { memcpy(to->opaque, from, n), ok(s); }
void sync_dtod(const SP_Device *, Memory *to, const Memory *from, uint64_t n, TF_Status *s) { memmove(to->opaque, from->opaque, n), ok(s); }
void zero(const SP_Device *, SP_Stream, Memory *to, uint64_t n, TF_Status *s) { memset(to->opaque, 0, n), ok(s); }
void fill(const SP_Device *, SP_Stream, Memory *to, uint8_t pattern, uint64_t n, TF_Status *s) { memset(to->opaque, pattern, n), ok(s); }
void fill32(const SP_Device *, SP_Stream, Memory *to, uint32_t pattern, uint64_t n, TF_Status *s) {
  for (uint64_t i = 0; i < n / 4; i++) ((uint32_t *)to->opaque)[i] = pattern;
  ok(s);
}

/* ---- The platform. ---- */
void count(const SP_Platform *, int *out, TF_Status *s) {
  const char *hidden = getenv("CUDA_VISIBLE_DEVICES"); /* this GPU obeys what CUDA's would */
  bool none = hidden && (!*hidden || *hidden == '-');
  *out = none ? 0 : (int)std::min<int64_t>(kMost, number("TFGPU_SIMULATED_GPUS", 1)), ok(s);
}
void create_device(const SP_Platform *, SE_CreateDeviceParams *params, TF_Status *s) {
  params->device->struct_size = SP_DEVICE_STRUCT_SIZE;
  params->device->ordinal = params->ordinal;
  params->device->hardware_name = "Simulated GPU", params->device->device_vendor = "Simulated";
  params->device->pci_bus_id = "0000:01:00.0";
  const char *fails = getenv("TFGPU_SIMULATED_GPU_FAILS");
  fails && *fails ? TF_SetStatus(s, TF_INTERNAL, fails) : ok(s);
}
void destroy_device(const SP_Platform *, SP_Device *) {}
void create_device_fns(const SP_Platform *, SE_CreateDeviceFnsParams *params, TF_Status *s) {
  *params->device_fns = {SP_DEVICE_FNS_STRUCT_SIZE};
  ok(s);
}
void destroy_device_fns(const SP_Platform *, SP_DeviceFns *) {}
void create_executor(const SP_Platform *, SE_CreateStreamExecutorParams *params, TF_Status *s) {
  SP_StreamExecutor *e = params->stream_executor;
  *e = {SP_STREAMEXECUTOR_STRUCT_SIZE};
  e->allocate = allocate, e->deallocate = deallocate;
  e->host_memory_allocate = host_allocate, e->host_memory_deallocate = host_deallocate;
  e->get_allocator_stats = stats, e->device_memory_usage = usage;
  e->create_stream = create_stream, e->destroy_stream = destroy_stream, e->create_stream_dependency = depend;
  e->get_stream_status = stream_status, e->create_event = create_event, e->destroy_event = destroy_event;
  e->get_event_status = event_status, e->record_event = on_event, e->wait_for_event = on_event;
  e->create_timer = create_timer, e->destroy_timer = destroy_timer, e->start_timer = on_timer, e->stop_timer = on_timer;
  e->memcpy_dtoh = dtoh, e->memcpy_htod = htod, e->memcpy_dtod = dtod;
  e->sync_memcpy_dtoh = sync_dtoh, e->sync_memcpy_htod = sync_htod, e->sync_memcpy_dtod = sync_dtod;
  e->block_host_for_event = block_for_event, e->block_host_until_done = block;
  e->synchronize_all_activity = synchronize, e->mem_zero = zero, e->memset = fill, e->memset32 = fill32;
  e->host_callback = host_callback;
  ok(s);
}
void destroy_executor(const SP_Platform *, SP_StreamExecutor *) {}
uint64_t nanoseconds(SP_Timer) { return 0; }
void create_timer_fns(const SP_Platform *, SP_TimerFns *fns, TF_Status *s) { fns->nanoseconds = nanoseconds, ok(s); }
void destroy_timer_fns(const SP_Platform *, SP_TimerFns *) {}
void destroy_platform(SP_Platform *) {}
void destroy_platform_fns(SP_PlatformFns *) {}

/* ---- Kernels: the CPU's, on a device that has the CPU's threads. ---- */
namespace tf = tensorflow;

void lend_threads(tf::DeviceBase *device) {
  if (device->has_eigen_cpu_device()) return;
  static auto *pool = new tsl::thread::ThreadPool(tf::Env::Default(), "simulated_gpu", 1);
  static auto *workers = new tf::DeviceBase::CpuWorkerThreads{1, pool};
  static auto *eigen = new Eigen::ThreadPoolDevice(pool->AsEigenThreadPool(), 1);
  device->set_tensorflow_cpu_worker_threads(workers);
  device->set_eigen_cpu_device(eigen);
}

struct CpuKernels : tf::kernel_factory::OpKernelFactory {
  tf::OpKernel *Create(tf::OpKernelConstruction *context) override {
    tf::DeviceBase *device = static_cast<tf::DeviceBase *>(context->device());
    lend_threads(device);
    std::shared_ptr<const tf::NodeProperties> properties;
    tf::OpKernel *kernel = nullptr;
    absl::Status made =
        tf::NodeProperties::CreateFromNodeDef(context->def(), tf::OpRegistry::Global(), &properties);
    if (made.ok())
      made = tf::CreateOpKernel(tf::DeviceType(tf::DEVICE_CPU), device,
                                device->GetAllocator(tf::AllocatorAttributes()), context->function_library(),
                                context->resource_manager(), properties, context->graph_def_version(), &kernel);
    if (!made.ok()) context->SetStatus(made);
    return kernel;
  }
};

/* Only kernels of numbers: strings and resources stay where TensorFlow puts them for every GPU. */
bool is_of_numbers(const tf::KernelDef &def) {
  for (const auto &constraint : def.constraint())
    for (int type : constraint.allowed_values().list().type())
      if (type == tf::DT_STRING || type == tf::DT_RESOURCE || type == tf::DT_VARIANT) return false;
  return def.constraint_size() > 0;
}

/* What TensorFlow can compute on CUDA's GPUs, no more and no less, so that it places as it does there. */
void register_kernels() {
  const tf::KernelList all = tf::GetAllRegisteredKernels();
  std::set<std::string> on_cpu;
  for (const tf::KernelDef &def : all.kernel())
    if (def.device_type() == tf::DEVICE_CPU) on_cpu.insert(def.op());
  for (const tf::KernelDef &cuda : all.kernel()) {
    if (cuda.device_type() != tf::DEVICE_GPU || !cuda.label().empty()) continue;
    if (!is_of_numbers(cuda) || !on_cpu.count(cuda.op())) continue;
    auto *def = new tf::KernelDef(cuda);
    def->set_priority(100); /* before the kernels for CUDA, which are in the same TensorFlow */
    tf::kernel_factory::OpKernelRegistrar(def, "SimulatedGpu", std::make_unique<CpuKernels>());
  }
}

}  // namespace

extern "C" void SE_InitPlugin(SE_PlatformRegistrationParams *params, TF_Status *status) {
  params->platform->struct_size = SP_PLATFORM_STRUCT_SIZE;
  params->platform->name = "SIMULATED", params->platform->type = "GPU";
  params->platform->supports_unified_memory = 0, params->platform->use_bfc_allocator = 1;
  params->platform->force_memory_growth = 0;
  SP_PlatformFns *fns = params->platform_fns;
  fns->get_device_count = count, fns->create_device = create_device, fns->destroy_device = destroy_device;
  fns->create_device_fns = create_device_fns, fns->destroy_device_fns = destroy_device_fns;
  fns->create_stream_executor = create_executor, fns->destroy_stream_executor = destroy_executor;
  fns->create_timer_fns = create_timer_fns, fns->destroy_timer_fns = destroy_timer_fns;
  params->destroy_platform = destroy_platform, params->destroy_platform_fns = destroy_platform_fns;
  ok(status);
}
extern "C" void TF_InitKernel() { register_kernels(); }
