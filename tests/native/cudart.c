/* A simulated libcudart.so.12: registration of kernels, launches that do nothing, and what TensorFlow's kernels ask. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "simulated.h"

int cudaRuntimeGetVersion(int *version) { *version = knob("SIMULATED_CUDART", 12050); return 0; }
int cudaDriverGetVersion(int *version) { *version = knob("SIMULATED_CUDA_VERSION", 12080); return 0; }
int cudaGetDevice(int *device) { *device = 0; return knob("SIMULATED_GET_DEVICE_ERROR", 0); }
int cudaSetDevice(int device) { (void)device; return knob("SIMULATED_SET_DEVICE_ERROR", 0); }
int cudaGetDeviceCount(int *count) { *count = knob("SIMULATED_GPUS", 1); return 0; }
int cudaDeviceGetAttribute(int *value) { *value = 1; return 0; }
/* cudaDeviceProp of CUDA 12: only the fields that Eigen reads, by their offsets. */
int cudaGetDeviceProperties_v2(char *out, int device) {
  static const int FIELDS[][2] = {{304, 65536}, {308, 32}, {320, 1024}, {324, 1024}, {328, 1024}, {332, 64},
    {336, 2147483647}, {340, 65535}, {344, 65535}, {348, 1500000}, {624, 2048}};
  memset(out, 0, 1032);
  strcpy(out, "Simulated GPU");
  *(size_t *)(out + 288) = (size_t)80 << 30;
  *(size_t *)(out + 296) = 49152;
  for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) *(int *)(out + FIELDS[i][0]) = FIELDS[i][1];
  int capability = (int)knob_of("SIMULATED_CAPABILITY", device, 90);
  *(int *)(out + 360) = capability / 10;
  *(int *)(out + 364) = capability % 10;
  *(int *)(out + 388) = (int)knob_of("SIMULATED_MULTIPROCESSORS", device, 132);
  return 0;
}
int cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { *least = *greatest = 0; return 0; }
const char *cudaGetErrorName(int code) { return code ? "cudaErrorSimulated" : "cudaSuccess"; }
const char *cudaGetErrorString(int code) {
  switch (code) {
    case 0: return "no error";
    case 2: return "out of memory";
    case 35: return "CUDA driver version is insufficient for CUDA runtime version";
    case 46: return "CUDA-capable device(s) is/are busy or unavailable";
    default: return "unknown error";
  }
}
OK(cudaGetLastError) OK(cudaPeekAtLastError) OK(cudaDeviceSynchronize) OK(cudaStreamSynchronize) OK(cudaLaunchKernel)
OK(cudaLaunchKernelExC) OK(cudaFuncSetAttribute) OK(cudaFuncSetCacheConfig) OK(cudaDeviceSetLimit) OK(cudaFree)
OK(cudaMemsetAsync) OK(cudaProfilerStart) OK(cudaProfilerStop)
int cudaFuncGetAttributes(void *attributes) { memset(attributes, 0, 144); return 0; }
int cudaMemcpyAsync(void *to, const void *from, size_t bytes) { memmove(to, from, bytes); return 0; }
int cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks) { *blocks = 2; return 0; }
int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { *blocks = 2; return 0; }
int cudaGetFuncBySymbol(void **function, const void *symbol) { *function = (void *)symbol; return 0; }

static void *binary;
void **__cudaRegisterFatBinary(void *data) { (void)data; return &binary; }
OK(__cudaRegisterFatBinaryEnd) OK(__cudaUnregisterFatBinary) OK(__cudaRegisterFunction) OK(__cudaRegisterVar)
OK(__cudaRegisterManagedVar) OK(__cudaRegisterHostVar) OK(__cudaInitModule)
int __cudaPushCallConfiguration(void) { return 0; }
int __cudaPopCallConfiguration(void *grid, void *block, size_t *shared, void *stream) {
  (void)grid, (void)block;
  *shared = 0;
  *(void **)stream = NULL;
  return 0;
}
