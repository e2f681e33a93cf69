/* A simulated libcudnn.so.9: its version and a handle. */
#include <stddef.h>

#include "simulated.h"

static char handle;
size_t cudnnGetVersion(void) { return knob("SIMULATED_CUDNN", 90300); }
size_t cudnnGetCudartVersion(void) { return 12050; }
int cudnnGetProperty(int which, int *value) {
  int version = knob("SIMULATED_CUDNN", 90300);
  *value = which == 0 ? version / 10000 : which == 1 ? version / 100 % 100 : version % 100;
  return 0;
}
const char *cudnnGetErrorString(int code) { return code ? "CUDNN_STATUS_SIMULATED" : "CUDNN_STATUS_SUCCESS"; }
int cudnnCreate(void **out) { *out = &handle; return 0; }
OK(cudnnDestroy) OK(cudnnSetStream)
