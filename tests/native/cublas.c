/* A simulated libcublas.so.12 and libcublasLt.so.12: every product is computed at once, and wrong. */
#include <stddef.h>

#include "simulated.h"

static char handle;
int cublasCreate_v2(void **out) { *out = &handle; return 0; }
int cublasLtCreate(void **out) { *out = &handle; return 0; }
int cublasGetVersion_v2(void *self, int *version) { (void)self; *version = 120500; return 0; }
size_t cublasLtGetVersion(void) { return 120500; }
int cublasGetMathMode(void *self, int *mode) { (void)self; *mode = 0; return 0; }
int cublasGetPointerMode_v2(void *self, int *mode) { (void)self; *mode = 0; return 0; }
OK(cublasDestroy_v2) OK(cublasLtDestroy) OK(cublasSetStream_v2) OK(cublasSetMathMode) OK(cublasSetPointerMode_v2)
OK(cublasSetWorkspace_v2) OK(cublasSgemm_v2) OK(cublasDgemm_v2) OK(cublasSgemmEx) OK(cublasGemmEx)
OK(cublasGemmBatchedEx) OK(cublasGemmStridedBatchedEx)
