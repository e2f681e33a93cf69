/* A simulated libcuda.so.1: enough for the probe, and for TensorFlow to list, create and use a GPU.
 *
 * "Device" memory is host memory and kernels do nothing, so results are garbage. Knobs are environment variables;
 * CUDA_VISIBLE_DEVICES counts as it does for the real driver: cuInit(0) returns 100 when it hides everything.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "simulated.h"

#define MAXIMUM 16
typedef uint64_t address;

static int visible_count = -1, visible_index[MAXIMUM];

/* Read once, at cuInit: later changes of the variable have no effect in this process. */
static void read_mask(void) {
  int all = knob("SIMULATED_GPUS", 1);
  const char *list = getenv("CUDA_VISIBLE_DEVICES");
  visible_count = 0;
  if (!list) {
    for (; visible_count < all && visible_count < MAXIMUM; visible_count++) visible_index[visible_count] = visible_count;
    return;
  }
  /* CUDA stops at the first entry that names no device. */
  while (*list && visible_count < MAXIMUM) {
    char *end;
    long index = strtol(list, &end, 10);
    if (!strncmp(list, "GPU-simulated-", 14)) index = strtol(list + 14, &end, 10);
    if (end == list || index < 0 || index >= all) break;
    visible_index[visible_count++] = (int)index;
    while (*end == ' ') end++;
    list = *end == ',' ? end + 1 : end;
  }
}

static int physical(int device) { return device >= 0 && device < visible_count ? visible_index[device] : 0; }

int cuInit(unsigned flags) {
  (void)flags;
  if (knob("SIMULATED_CUINIT_SLEEP_S", 0)) sleep(knob("SIMULATED_CUINIT_SLEEP_S", 0));
  if (knob("SIMULATED_CUINIT_CRASH", 0)) abort();
  int code = knob("SIMULATED_CUINIT", 0);
  if (code) return code;
  if (visible_count < 0) read_mask();
  return visible_count ? 0 : 100;
}

static const struct { int code; const char *name, *text; } ERRORS[] = {
  {0, "CUDA_SUCCESS", "no error"},
  {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
  {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
  {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
  {35, "CUDA_ERROR_INSUFFICIENT_DRIVER", "CUDA driver version is insufficient for CUDA runtime version"},
  {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
  {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
  {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
  {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
  {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
  {600, "CUDA_ERROR_NOT_READY", "device not ready"},
  {800, "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"},
  {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
  {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
  {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "forward compatibility was attempted on non supported HW"},
  {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};
static int error_text(int code, const char **out, int long_form) {
  for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
    if (ERRORS[i].code == code) return *out = long_form ? ERRORS[i].text : ERRORS[i].name, 0;
  return *out = NULL, 1;
}
int cuGetErrorName(int code, const char **name) { return error_text(code, name, 0); }
int cuGetErrorString(int code, const char **text) { return error_text(code, text, 1); }

int cuDriverGetVersion(int *version) { *version = knob("SIMULATED_CUDA_VERSION", 12080); return 0; }
int cuDeviceGetCount(int *count) { *count = visible_count < 0 ? 0 : visible_count; return 0; }
int cuDeviceGet(int *device, int ordinal) {
  if (ordinal < 0 || ordinal >= visible_count) return 101;
  *device = ordinal;
  return 0;
}
int cuDeviceGetName(char *name, int length, int device) {
  const char *given = getenv("SIMULATED_NAME");
  if (given) snprintf(name, length, "%s", given);
  else snprintf(name, length, "Simulated GPU %d", physical(device));
  return 0;
}
static long long total_bytes(int device) { return knob_of("SIMULATED_MEMORY_MB", physical(device), 81920) << 20; }
static long long free_bytes(int device) {
  return knob_of("SIMULATED_MEMORY_FREE_MB", physical(device), total_bytes(device) >> 20) << 20;
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = total_bytes(device); return 0; }
int cuDeviceGetPCIBusId(char *id, int length, int device) {
  snprintf(id, length, "0000:%02x:00.0", physical(device) + 1);
  return 0;
}
int cuDeviceGetUuid_v2(char *uuid, int device) { memset(uuid, physical(device) + 1, 16); return 0; }
int cuDeviceGetUuid(char *uuid, int device) { return cuDeviceGetUuid_v2(uuid, device); }

int cuDeviceGetAttribute(int *value, int which, int device) {
  static const int KNOWN[][2] = {
    {1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {9, 65536},
    {10, 32}, {12, 65536}, {13, 1500000}, {36, 2000000}, {37, 5120}, {38, 52428800}, {39, 2048}, {41, 1},
    {81, 233472}, {82, 65536}, {97, 232448}, {106, 32}, {115, 0},
  };
  *value = 0;
  int capability = (int)knob_of("SIMULATED_CAPABILITY", physical(device), 90); /* 90 is 9.0 */
  if (which == 75) *value = capability / 10;
  else if (which == 76) *value = capability % 10;
  else if (which == 16) *value = (int)knob_of("SIMULATED_MULTIPROCESSORS", physical(device), 132);
  else if (which == 20) *value = knob("SIMULATED_COMPUTE_MODE", 0);
  else if (which == 33) *value = physical(device) + 1;
  else
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
      if (KNOWN[i][0] == which) *value = KNOWN[i][1];
  return 0;
}
int cuDeviceCanAccessPeer(int *can, int one, int other) { (void)one, (void)other; *can = 0; return 0; }

/* Contexts, streams, events, modules: handles are addresses of the array below, by device where it matters. */
static char handles[MAXIMUM + 8];
static __thread void *current;
static int device_of(void *context) { return context ? (int)((char *)context - handles) : 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) {
  int code = knob("SIMULATED_CONTEXT_ERROR", 0);
  if (code) return code;
  *context = &handles[device];
  return 0;
}
int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) { (void)device; *flags = 0; *active = 0; return 0; }
OK(cuDevicePrimaryCtxSetFlags_v2) OK(cuDevicePrimaryCtxSetFlags) OK(cuDevicePrimaryCtxRelease_v2) OK(cuDevicePrimaryCtxRelease)
int cuCtxGetCurrent(void **context) { *context = current; return 0; }
int cuCtxSetCurrent(void *context) { current = context; return 0; }
int cuCtxPushCurrent_v2(void *context) { current = context; return 0; }
int cuCtxPopCurrent_v2(void **context) { if (context) *context = current; return 0; }
int cuCtxGetDevice(int *device) { *device = device_of(current); return 0; }
int cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = *greatest = 0; return 0; }
int cuCtxGetApiVersion(void *context, unsigned *version) { (void)context; *version = 3020; return 0; }
OK(cuCtxSynchronize) OK(cuCtxSetCacheConfig) OK(cuCtxSetSharedMemConfig) OK(cuCtxEnablePeerAccess)
int cuCtxGetSharedMemConfig(int *config) { *config = 0; return 0; }

static int handle(void **out) { *out = &handles[MAXIMUM]; return 0; }
int cuStreamCreate(void **stream, unsigned flags) { (void)flags; return handle(stream); }
int cuStreamCreateWithPriority(void **stream, unsigned flags, int priority) { (void)flags, (void)priority; return handle(stream); }
int cuStreamGetPriority(void *stream, int *priority) { (void)stream; *priority = 0; return 0; }
int cuStreamIsCapturing(void *stream, int *status) { (void)stream; *status = 0; return 0; }
int cuStreamGetCaptureInfo_v2(void *stream, int *status) { (void)stream; *status = 0; return 0; }
int cuStreamGetCtx(void *stream, void **context) { (void)stream; *context = current ? current : handles; return 0; }
int cuStreamAddCallback(void *stream, void (*call)(void *, int, void *), void *data, unsigned flags) {
  (void)flags;
  call(stream, 0, data);
  return 0;
}
int cuLaunchHostFunc(void *stream, void (*call)(void *), void *data) { (void)stream; call(data); return 0; }
OK(cuStreamDestroy_v2) OK(cuStreamSynchronize) OK(cuStreamQuery) OK(cuStreamWaitEvent)
int cuEventCreate(void **event, unsigned flags) { (void)flags; return handle(event); }
int cuEventElapsedTime(float *ms) { *ms = 1; return 0; }
OK(cuEventRecord) OK(cuEventQuery) OK(cuEventSynchronize) OK(cuEventDestroy_v2)

int cuModuleLoadData(void **module, const void *image) { (void)image; return handle(module); }
int cuModuleLoadFatBinary(void **module, const void *image) { (void)image; return handle(module); }
int cuModuleLoadDataEx(void **module, const void *image) { (void)image; return handle(module); }
int cuModuleGetFunction(void **function, void *module, const char *name) { (void)module, (void)name; return handle(function); }
int cuModuleGetGlobal_v2(address *at, size_t *bytes) { *at = (address)(uintptr_t)handles; if (bytes) *bytes = 4; return 0; }
int cuFuncGetAttribute(int *value) { *value = 32; return 0; }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks) { *blocks = 2; return 0; }
int cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { *blocks = 2; return 0; }
OK(cuModuleUnload) OK(cuFuncSetAttribute) OK(cuFuncSetCacheConfig) OK(cuLaunchKernel) OK(cuLaunchKernelEx)

/* Memory: reserved but not touched, so that "80 GB" cost nothing until they are written. */
static int allocate(void **at, size_t bytes) {
  int code = knob("SIMULATED_ALLOCATION_ERROR", 0);
  if (code) return code;
  if ((long long)bytes > free_bytes(device_of(current))) return 2;
  void *found = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return 2;
  *at = found;
  return 0;
}
int cuMemAlloc_v2(address *at, size_t bytes) { return allocate((void **)at, bytes); }
int cuMemAllocManaged(address *at, size_t bytes) { return allocate((void **)at, bytes); }
/* Whole pages, as the real driver gives: TensorFlow's CPU kernels want 64 bytes. */
int cuMemHostAlloc(void **at, size_t bytes) {
  size_t whole = (bytes / 4096 + 1) * 4096;
  *at = aligned_alloc(4096, whole);
  return *at ? (memset(*at, 0, whole), 0) : 2;
}
int cuMemAllocHost_v2(void **at, size_t bytes) { return cuMemHostAlloc(at, bytes); }
int cuMemFreeHost(void *at) { free(at); return 0; }
OK(cuMemFree_v2) OK(cuMemHostRegister_v2) OK(cuMemHostUnregister)
int cuMemGetInfo_v2(size_t *free, size_t *total) {
  *free = free_bytes(device_of(current));
  *total = total_bytes(device_of(current));
  return 0;
}
int cuMemGetAddressRange_v2(address *base, size_t *bytes, address at) { *base = at; *bytes = 1 << 20; return 0; }
int cuPointerGetAttribute(void *value, int which, address at) {
  (void)at;
  if (which == 2) *(int *)value = 2; /* memory type: device */
  else if (which == 1) *(void **)value = current;
  else *(int *)value = 0;
  return 0;
}
static int copy(address to, address from, size_t bytes) {
  memmove((void *)(uintptr_t)to, (void *)(uintptr_t)from, bytes);
  return 0;
}
int cuMemcpyDtoH_v2(address to, address from, size_t bytes) { return copy(to, from, bytes); }
int cuMemcpyHtoD_v2(address to, address from, size_t bytes) { return copy(to, from, bytes); }
int cuMemcpyDtoD_v2(address to, address from, size_t bytes) { return copy(to, from, bytes); }
int cuMemcpyDtoHAsync_v2(address to, address from, size_t bytes) { return copy(to, from, bytes); }
int cuMemcpyHtoDAsync_v2(address to, address from, size_t bytes) { return copy(to, from, bytes); }
int cuMemcpyDtoDAsync_v2(address to, address from, size_t bytes) { return copy(to, from, bytes); }
int cuMemsetD8_v2(address at, unsigned char value, size_t count) { memset((void *)(uintptr_t)at, value, count); return 0; }
int cuMemsetD8Async(address at, unsigned char value, size_t count) { return cuMemsetD8_v2(at, value, count); }
int cuMemsetD32_v2(address at, unsigned value, size_t count) {
  for (size_t i = 0; i < count; i++) ((unsigned *)(uintptr_t)at)[i] = value;
  return 0;
}
int cuMemsetD32Async(address at, unsigned value, size_t count) { return cuMemsetD32_v2(at, value, count); }
