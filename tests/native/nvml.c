/* A simulated libnvidia-ml.so.1: what TensorFlow and the probe ask of it. Knobs as for the simulated libcuda. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "simulated.h"

static char devices[16];
static int index_of(void *device) { return (int)((char *)device - devices); }
static int text(char *out, unsigned length, const char *value) { snprintf(out, length, "%s", value); return 0; }

int nvmlInit_v2(void) { return knob("SIMULATED_NVML", 0); }
int nvmlInitWithFlags(unsigned flags) { (void)flags; return nvmlInit_v2(); }
OK(nvmlShutdown)
const char *nvmlErrorString(int code) { return code ? "Simulated error" : "Success"; }
int nvmlSystemGetDriverVersion(char *out, unsigned length) {
  const char *given = getenv("SIMULATED_DRIVER");
  return text(out, length, given ? given : "550.54.14");
}
int nvmlDeviceGetCount_v2(unsigned *count) { *count = knob("SIMULATED_GPUS", 1); return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
  if ((int)index >= knob("SIMULATED_GPUS", 1)) return 2;
  *device = &devices[index];
  return 0;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device) {
  unsigned domain, bus;
  *device = devices;
  if (sscanf(id, "%x:%x", &domain, &bus) == 2 && bus >= 1 && bus <= 16) *device = &devices[bus - 1];
  return 0;
}
int nvmlDeviceGetIndex(void *device, unsigned *index) { *index = index_of(device); return 0; }
int nvmlDeviceGetName(void *device, char *out, unsigned length) {
  const char *given = getenv("SIMULATED_NAME");
  if (given) return text(out, length, given);
  snprintf(out, length, "Simulated GPU %d", index_of(device));
  return 0;
}
int nvmlDeviceGetUUID(void *device, char *out, unsigned length) {
  snprintf(out, length, "GPU-simulated-%d", index_of(device));
  return 0;
}
int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *memory) { /* total, free, used */
  long long total = knob_of("SIMULATED_MEMORY_MB", index_of(device), 81920);
  long long unused = knob_of("SIMULATED_MEMORY_FREE_MB", index_of(device), total);
  memory[0] = total << 20, memory[1] = unused << 20, memory[2] = (total - unused) << 20;
  return 0;
}
int nvmlDeviceGetCurrPcieLinkGeneration(void *device, unsigned *generation) { (void)device; *generation = 4; return 0; }
int nvmlDeviceGetCurrPcieLinkWidth(void *device, unsigned *width) { (void)device; *width = 16; return 0; }
int nvmlDeviceGetGpuFabricInfoV(void) { return 3; } /* not supported, as everywhere but in NVSwitch machines */
int nvmlDeviceGetNvLinkState(void) { return 3; }
int nvmlDeviceGetComputeMode(void *device, int *mode) { (void)device; *mode = knob("SIMULATED_COMPUTE_MODE", 0); return 0; }
int nvmlDeviceGetMigMode(void *device, unsigned *now, unsigned *pending) {
  (void)device;
  int mode = knob("SIMULATED_MIG", -1);
  if (mode < 0) return 3; /* not supported */
  *now = *pending = mode;
  return 0;
}
typedef struct { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; } process;
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, process *found) {
  long long total = knob_of("SIMULATED_MEMORY_MB", index_of(device), 81920);
  unsigned capacity = *count, there = knob("SIMULATED_PROCESS_PID", 0) ? 1 : 0;
  *count = there;
  if (there > capacity) return 7; /* insufficient size */
  if (there) {
    long long used = total - knob_of("SIMULATED_MEMORY_FREE_MB", index_of(device), total);
    found[0] = (process){knob("SIMULATED_PROCESS_PID", 0), used << 20, ~0u, ~0u};
  }
  return 0;
}
