/* A simulated libcuda.so.1: as much as the probe asks. Knobs are environment variables; CUDA_VISIBLE_DEVICES counts. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int knob(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value ? atoi(value) : otherwise;
}

static int visible(void) {
  int all = knob("SIMULATED_GPUS", 1), count = 0;
  const char *list = getenv("CUDA_VISIBLE_DEVICES");
  if (!list) return all;
  /* CUDA stops at the first entry that names no device. */
  while (*list) {
    char *end;
    long index = strtol(list, &end, 10);
    if (end == list || index < 0 || index >= all) break;
    count++;
    list = *end == ',' ? end + 1 : end;
  }
  return count;
}

int cuInit(unsigned flags) {
  (void)flags;
  if (knob("SIMULATED_CUINIT_SLEEP_S", 0)) sleep(knob("SIMULATED_CUINIT_SLEEP_S", 0));
  if (knob("SIMULATED_CUINIT_CRASH", 0)) abort();
  int code = knob("SIMULATED_CUINIT", 0);
  return code ? code : visible() ? 0 : 100;
}
int cuGetErrorName(int code, const char **name) {
  *name = code == 0 ? "CUDA_SUCCESS" : code == 100 ? "CUDA_ERROR_NO_DEVICE" : code == 999 ? "CUDA_ERROR_UNKNOWN" : "CUDA_ERROR_OTHER";
  return 0;
}
int cuDriverGetVersion(int *version) { *version = knob("SIMULATED_CUDA_VERSION", 12080); return 0; }
int cuDeviceGetCount(int *count) { *count = visible(); return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
int cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "Simulated GPU %d", device); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; *bytes = (size_t)80 << 30; return 0; }
int cuDeviceGetAttribute(int *value, int which, int device) {
  (void)device;
  *value = which == 75 ? knob("SIMULATED_CC_MAJOR", 9) : which == 76 ? 0 : which == 16 ? 132 : 0;
  return 0;
}
