/* A simulated libnvidia-ml.so.1 that a scenario file drives while clients run. No value in it is a measurement.
 *
 * TFGPU_SIMULATED_NVML names the scenario; it is read again when it changes (write a temporary file and rename it).
 * Without one, nvmlInit says that there is no library. TFGPU_SIMULATED_NVML_CALLS names a file of counters, one record
 * of 64 bytes a function: its name in 56, its calls in 8. Lines of a scenario:
 *
 *   gpus N                             1 to 16; 1 when absent
 *   driver TEXT / cuda NUMBER          550.54.14 / 12040
 *   set KEY VALUE [GPU]                name total_mb used_mb reserved_mb utilization memory_utilization temperature
 *                                      power_mw limit_mw sm_mhz memory_mhz throttle compute_mode ecc ecc_errors
 *                                      persistence minor pci uuid lanes pcie_generation pcie_kbps nvlinks nvlinks_up
 *   error FUNCTION CODE [GPU]          FUNCTION may be *: every call on that GPU (15 there is a lost GPU)
 *   delay FUNCTION MILLISECONDS [GPU]  before it answers; it ends early when the line goes
 *   hang FUNCTION [GPU]                until the line goes
 *   process GPU PID MB|na [INSTANCE]   a computing process; INSTANCE counts the MIG instances of that GPU from 0
 *   work GPU PID PERCENT               that process computes: a reading of it each quarter of a second
 *   mig GPU COUNT MB [RESERVED_MB]     COUNT instances with MB each
 *
 * The layouts are those of nvml.h, as pynvml's ctypes have them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OK, UNINITIALIZED, INVALID, NOT_SUPPORTED, NO_PERMISSION, NOT_FOUND = 6, SMALL = 7, NO_LIBRARY = 12, LOST = 15 };
enum { GPUS = 16, INSTANCES = 8, RULES = 128, PROCESSES = 512, ALL = -1, NAMES = 256 };
typedef unsigned long long u64;

typedef struct {
  char name[96], uuid[96], pci[32];
  u64 total_mb, used_mb, reserved_mb, memory_per_instance_mb, reserved_per_instance_mb;
  u64 throttle, ecc_errors;
  int utilization, memory_utilization, temperature, power_mw, limit_mw, sm_mhz, memory_mhz;
  int compute_mode, ecc, persistence, minor, instances, lanes, pcie_generation, pcie_kbps, nvlinks, nvlinks_up;
} Gpu;
typedef struct { char function[64]; int code, gpu, ms; } Rule; /* ms: 0 an error, > 0 a delay, < 0 a hang */
typedef struct { int gpu, instance; unsigned pid; u64 bytes; } Process;
typedef struct { int gpu, percent; unsigned pid; } Work;
typedef struct {
  int there, gpus, cuda, rules, processes, works;
  char driver[80];
  Gpu gpu[GPUS];
  Rule rule[RULES];
  Process process[PROCESSES];
  Work work[PROCESSES];
} Scenario;
typedef struct { char name[56]; u64 calls; } Counter;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Scenario now;
static struct stat seen;
static char seen_path[4096];
static int opened;
/* Handles are addresses: one a GPU, one an instance. */
static char handles[GPUS * (1 + INSTANCES)];

static void preset(Scenario *s) {
  memset(s, 0, sizeof *s);
  s->gpus = 1, s->cuda = 12040;
  strcpy(s->driver, "550.54.14");
  for (int i = 0; i < GPUS; i++) {
    Gpu *g = &s->gpu[i];
    snprintf(g->name, sizeof g->name, "Simulated GPU");
    snprintf(g->uuid, sizeof g->uuid, "GPU-00000000-0000-4000-8000-%012d", i);
    snprintf(g->pci, sizeof g->pci, "00000000:%02X:00.0", i + 1);
    g->total_mb = 81920, g->used_mb = 1024, g->reserved_mb = 512, g->temperature = 40, g->power_mw = 70000;
    g->limit_mw = 700000, g->sm_mhz = 1980, g->memory_mhz = 2619, g->persistence = 1, g->ecc = 1, g->minor = i, g->lanes = 16;
    g->pcie_generation = 4;
  }
}

static void set(Gpu *g, const char *key, const char *value) {
  long long n = atoll(value);
#define NUMBER(field) else if (!strcmp(key, #field)) g->field = n;
#define TEXT(field) else if (!strcmp(key, #field)) snprintf(g->field, sizeof g->field, "%s", value);
  if (0) return;
  NUMBER(total_mb) NUMBER(used_mb) NUMBER(reserved_mb) NUMBER(utilization) NUMBER(memory_utilization) NUMBER(temperature)
  NUMBER(power_mw) NUMBER(limit_mw) NUMBER(sm_mhz) NUMBER(memory_mhz) NUMBER(throttle) NUMBER(compute_mode) NUMBER(ecc)
  NUMBER(ecc_errors) NUMBER(persistence) NUMBER(minor) NUMBER(lanes) NUMBER(pcie_generation) NUMBER(pcie_kbps) NUMBER(nvlinks) NUMBER(nvlinks_up)
  TEXT(name) TEXT(pci) TEXT(uuid)
  else fprintf(stderr, "nvml_scenario: no such key: %s\n", key), abort();
}

static void line(Scenario *s, char *text) {
  char *word[8], *rest = text;
  int n = 0;
  /* Values may hold a blank written as an underscore; names do. */
  while (n < 8 && (word[n] = strtok_r(rest, " \n", &rest))) n++;
  if (!n || word[0][0] == '#') return;
#define NTH(i, otherwise) (n > (i) ? atoi(word[i]) : (otherwise))
  Rule *r = &s->rule[s->rules];
  if (!strcmp(word[0], "gpus")) s->gpus = atoi(word[1]);
  else if (!strcmp(word[0], "driver")) snprintf(s->driver, sizeof s->driver, "%s", word[1]);
  else if (!strcmp(word[0], "cuda")) s->cuda = atoi(word[1]);
  else if (!strcmp(word[0], "set")) {
    for (char *c = word[2]; *c; c++) if (*c == '_') *c = ' ';
    for (int i = 0; i < GPUS; i++) if (NTH(3, ALL) == ALL || NTH(3, ALL) == i) set(&s->gpu[i], word[1], word[2]);
  } else if (!strcmp(word[0], "mig")) {
    s->gpu[atoi(word[1])].instances = atoi(word[2]);
    s->gpu[atoi(word[1])].memory_per_instance_mb = atoll(word[3]);
    s->gpu[atoi(word[1])].reserved_per_instance_mb = NTH(4, 0);
  } else if (!strcmp(word[0], "work")) {
    s->work[s->works++] = (Work){atoi(word[1]), atoi(word[3]), strtoul(word[2], 0, 10)};
  } else if (!strcmp(word[0], "process")) {
    s->process[s->processes++] = (Process){
        atoi(word[1]), NTH(4, ALL), strtoul(word[2], 0, 10), !strcmp(word[3], "na") ? ~0ull : strtoull(word[3], 0, 10) << 20};
  } else if (!strcmp(word[0], "error") || !strcmp(word[0], "delay") || !strcmp(word[0], "hang")) {
    int hang = word[0][0] == 'h';
    snprintf(r->function, sizeof r->function, "%s", word[1]);
    r->code = word[0][0] == 'e' ? atoi(word[2]) : 0;
    r->ms = hang ? -1 : word[0][0] == 'd' ? atoi(word[2]) : 0;
    r->gpu = NTH(hang ? 2 : 3, ALL);
    s->rules++;
  } else fprintf(stderr, "nvml_scenario: not understood: %s\n", word[0]), abort();
}

static void refresh(void) { /* with the lock held */
  const char *path = getenv("TFGPU_SIMULATED_NVML");
  struct stat found;
  if (!path || !*path || stat(path, &found)) {
    now.there = 0, seen_path[0] = 0;
    return;
  }
  if (!strcmp(path, seen_path) && found.st_ino == seen.st_ino && found.st_mtim.tv_nsec == seen.st_mtim.tv_nsec &&
      found.st_mtim.tv_sec == seen.st_mtim.tv_sec)
    return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  char text[512];
  static Scenario next; /* a call under way in another thread must not see a half-read one */
  preset(&next);
  while (fgets(text, sizeof text, file)) line(&next, text);
  fclose(file);
  next.there = 1, now = next, seen = found;
  snprintf(seen_path, sizeof seen_path, "%s", path);
}

static void count(const char *function) { /* with the lock held */
  static Counter *counters;
  static char counted[4096];
  const char *path = getenv("TFGPU_SIMULATED_NVML_CALLS");
  if (!path || !*path) return;
  if (strcmp(path, counted)) {
    int file = open(path, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, NAMES * sizeof(Counter))) abort();
    counters = mmap(0, NAMES * sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (counters == MAP_FAILED) abort();
    snprintf(counted, sizeof counted, "%s", path);
  }
  for (int i = 0; i < NAMES; i++) {
    if (!counters[i].name[0]) snprintf(counters[i].name, sizeof counters[i].name, "%s", function);
    if (!strcmp(counters[i].name, function)) {
      counters[i].calls++;
      return;
    }
  }
}

/* Count the call, wait as the scenario says, and return its error; 0 to go on. `gpu` is ALL for a call on none. */
static int enter(const char *function, int gpu) {
  int waited_ms = 0, first = 1, code;
  for (;;) {
    pthread_mutex_lock(&lock);
    refresh();
    if (first) count(function);
    first = 0;
    int waits = 0;
    code = now.there ? 0 : NO_LIBRARY;
    for (int i = 0; now.there && i < now.rules; i++) {
      Rule *r = &now.rule[i];
      int any = !strcmp(r->function, "*");
      if (any ? gpu == ALL : strcmp(r->function, function)) continue;
      if (r->gpu != ALL && r->gpu != gpu) continue;
      if (r->ms < 0 || waited_ms < r->ms) waits = 1;
      if (r->code && !code) code = r->code;
    }
    if (!code && !opened && strncmp(function, "nvmlInit", 8)) code = UNINITIALIZED;
    if (!code && gpu != ALL && gpu >= now.gpus) code = INVALID;
    pthread_mutex_unlock(&lock);
    if (!waits) return code;
    usleep(5000);
    waited_ms += 5;
  }
}

static int gpu_of(void *handle) { return (int)((char *)handle - handles) / (1 + INSTANCES); }
static int instance_of(void *handle) { return (int)((char *)handle - handles) % (1 + INSTANCES) - 1; }
static void *handle_of(int gpu, int instance) { return &handles[gpu * (1 + INSTANCES) + 1 + instance]; }
static int text(char *out, unsigned length, const char *value) {
  if (strlen(value) >= length) return SMALL;
  strcpy(out, value);
  return OK;
}

#define BEGIN(gpu) { int code_ = enter(__func__, gpu); if (code_) return code_; }
#define ON_DEVICE BEGIN(gpu_of(device)) Gpu *g = &now.gpu[gpu_of(device)]; int instance = instance_of(device); (void)g, (void)instance;
#define NOT_ON_MIG if (instance >= 0) return NOT_SUPPORTED;
#define VALUE(function, type, value) int function(void *device, type *out) { ON_DEVICE NOT_ON_MIG *out = (value); return OK; }

static int init(const char *function) {
  int code = enter(function, ALL);
  if (!code) __sync_fetch_and_add(&opened, 1);
  return code;
}
int nvmlInitWithFlags(unsigned flags) { (void)flags; return init("nvmlInit"); }
int nvmlInit_v2(void) { return init("nvmlInit"); }
int nvmlShutdown(void) { BEGIN(ALL) __sync_fetch_and_sub(&opened, 1); return OK; }
const char *nvmlErrorString(int code) { return code ? "Simulated error" : "Success"; }
int nvmlSystemGetDriverVersion(char *out, unsigned length) { BEGIN(ALL) return text(out, length, now.driver); }
int nvmlSystemGetNVMLVersion(char *out, unsigned length) { BEGIN(ALL) return text(out, length, "12.550.54.14"); }
int nvmlSystemGetCudaDriverVersion_v2(int *out) { BEGIN(ALL) *out = now.cuda; return OK; }
int nvmlSystemGetCudaDriverVersion(int *out) { BEGIN(ALL) *out = now.cuda; return OK; }
int nvmlDeviceGetCount_v2(unsigned *out) { BEGIN(ALL) *out = now.gpus; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
  BEGIN(index < GPUS ? (int)index : ALL)
  if (index >= GPUS) return INVALID;
  *device = handle_of(index, -1);
  return OK;
}
int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) {
  BEGIN(ALL)
  for (int i = 0; i < now.gpus; i++)
    if (!strcmp(uuid, now.gpu[i].uuid)) { *device = handle_of(i, -1); return OK; }
  return NOT_FOUND;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *pci, void **device) {
  BEGIN(ALL)
  for (int i = 0; i < now.gpus; i++)
    if (!strcmp(pci, now.gpu[i].pci)) { *device = handle_of(i, -1); return OK; }
  return NOT_FOUND;
}
int nvmlDeviceGetName(void *device, char *out, unsigned length) {
  char name[128];
  ON_DEVICE
  if (instance >= 0) snprintf(name, sizeof name, "%s MIG 1g.%llugb", g->name, g->memory_per_instance_mb / 1024);
  return text(out, length, instance >= 0 ? name : g->name);
}
int nvmlDeviceGetUUID(void *device, char *out, unsigned length) {
  char uuid[128];
  ON_DEVICE
  if (instance >= 0) snprintf(uuid, sizeof uuid, "MIG-00000000-0000-4000-8%03d-%012d", instance, gpu_of(device));
  return text(out, length, instance >= 0 ? uuid : g->uuid);
}
VALUE(nvmlDeviceGetIndex, unsigned, gpu_of(device))
VALUE(nvmlDeviceGetMinorNumber, unsigned, g->minor)
VALUE(nvmlDeviceGetBrand, unsigned, 0)
VALUE(nvmlDeviceGetPowerUsage, unsigned, g->power_mw)
VALUE(nvmlDeviceGetEnforcedPowerLimit, unsigned, g->limit_mw)
VALUE(nvmlDeviceGetPowerManagementLimit, unsigned, g->limit_mw)
VALUE(nvmlDeviceGetComputeMode, unsigned, g->compute_mode)
VALUE(nvmlDeviceGetPersistenceMode, unsigned, g->persistence)
VALUE(nvmlDeviceGetCurrentClocksEventReasons, u64, g->throttle)
VALUE(nvmlDeviceGetCurrentClocksThrottleReasons, u64, g->throttle)
VALUE(nvmlDeviceGetCurrPcieLinkGeneration, unsigned, g->pcie_generation)
VALUE(nvmlDeviceGetMaxPcieLinkGeneration, unsigned, g->pcie_generation)
VALUE(nvmlDeviceGetCurrPcieLinkWidth, unsigned, g->lanes)
VALUE(nvmlDeviceGetMaxPcieLinkWidth, unsigned, 16)
int nvmlDeviceGetPciInfo_v3(void *device, char *out) {
  ON_DEVICE NOT_ON_MIG
  struct { char legacy[16]; unsigned domain, bus, slot, model, subsystem; char id[32]; } info = {0};
  sscanf(g->pci, "%x:%x:%x", &info.domain, &info.bus, &info.slot);
  info.model = 0x233010de;
  snprintf(info.legacy, sizeof info.legacy, "%s", g->pci + 4);
  snprintf(info.id, sizeof info.id, "%s", g->pci);
  memcpy(out, &info, sizeof info);
  return OK;
}
static u64 used_mb(Gpu *g, void *device) {
  int instance = instance_of(device);
  u64 mb = 0;
  if (instance < 0) return g->used_mb;
  for (int i = 0; i < now.processes; i++) {
    Process *p = &now.process[i];
    if (p->gpu == gpu_of(device) && p->instance == instance && p->bytes != ~0ull) mb += p->bytes >> 20;
  }
  return mb;
}
static u64 total_mb(Gpu *g, int instance) { return instance < 0 ? g->total_mb : g->memory_per_instance_mb; }
int nvmlDeviceGetMemoryInfo(void *device, u64 *out) { /* total, free, used */
  ON_DEVICE
  u64 total = total_mb(g, instance), used = used_mb(g, device);
  out[0] = total << 20, out[1] = (total - used) << 20, out[2] = used << 20;
  return OK;
}
typedef struct { unsigned version; u64 total, reserved, free, used; } MemoryV2;
int nvmlDeviceGetMemoryInfo_v2(void *device, MemoryV2 *out) {
  ON_DEVICE
  if (out->version != (sizeof(MemoryV2) | 2 << 24)) return 25;
  u64 total = total_mb(g, instance), used = used_mb(g, device), reserved = instance < 0 ? g->reserved_mb : g->reserved_per_instance_mb;
  out->total = total << 20, out->reserved = reserved << 20;
  out->used = used << 20, out->free = (total - used - reserved) << 20;
  return OK;
}
int nvmlDeviceGetUtilizationRates(void *device, unsigned *out) {
  ON_DEVICE
  if (g->instances) return NOT_SUPPORTED; /* nvml.h: not on a GPU in MIG mode, nor on its instances */
  out[0] = g->utilization, out[1] = g->memory_utilization;
  return OK;
}
int nvmlDeviceGetTemperature(void *device, unsigned sensor, unsigned *out) { (void)sensor; ON_DEVICE NOT_ON_MIG *out = g->temperature; return OK; }
int nvmlDeviceGetClockInfo(void *device, unsigned type, unsigned *out) { ON_DEVICE NOT_ON_MIG *out = type == 2 ? g->memory_mhz : g->sm_mhz; return OK; }
int nvmlDeviceGetMaxClockInfo(void *device, unsigned type, unsigned *out) { ON_DEVICE NOT_ON_MIG *out = type == 2 ? 2619 : 1980; return OK; }
int nvmlDeviceGetEccMode(void *device, unsigned *current, unsigned *pending) { ON_DEVICE NOT_ON_MIG *current = *pending = g->ecc; return OK; }
int nvmlDeviceGetTotalEccErrors(void *device, unsigned type, unsigned counter, u64 *out) {
  (void)type, (void)counter;
  ON_DEVICE NOT_ON_MIG
  if (!g->ecc) return NOT_SUPPORTED;
  *out = g->ecc_errors;
  return OK;
}
int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor) { ON_DEVICE *major = 9, *minor = 0; return OK; }
int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) { ON_DEVICE NOT_ON_MIG *current = *pending = g->instances > 0; return OK; }
int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *out) { ON_DEVICE NOT_ON_MIG *out = 7; return OK; }
int nvmlDeviceIsMigDeviceHandle(void *device, unsigned *out) { ON_DEVICE *out = instance >= 0; return OK; }
int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **out) {
  ON_DEVICE NOT_ON_MIG
  if ((int)index >= g->instances || index >= INSTANCES) return NOT_FOUND;
  *out = handle_of(gpu_of(device), index);
  return OK;
}
int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *device, void **out) {
  ON_DEVICE
  if (instance < 0) return INVALID;
  *out = handle_of(gpu_of(device), -1);
  return OK;
}
int nvmlDeviceGetGpuInstanceId(void *device, unsigned *out) { ON_DEVICE if (instance < 0) return NOT_SUPPORTED; *out = instance + 1; return OK; }
int nvmlDeviceGetComputeInstanceId(void *device, unsigned *out) { ON_DEVICE if (instance < 0) return NOT_SUPPORTED; *out = 0; return OK; }
typedef struct { unsigned pid; u64 memory; unsigned gpu_instance, compute_instance; } Listed;
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *length, Listed *out) {
  ON_DEVICE
  unsigned capacity = *length, there = 0;
  for (int i = 0; i < now.processes; i++) {
    Process *p = &now.process[i];
    if (p->gpu != gpu_of(device) || p->instance != instance) continue; /* a parent lists its instances' for root only */
    if (out && there < capacity)
      out[there] = (Listed){p->pid, p->bytes, p->instance < 0 ? ~0u : (unsigned)p->instance + 1, p->instance < 0 ? ~0u : 0};
    there++;
  }
  *length = there;
  return there > capacity ? SMALL : OK;
}
typedef struct { unsigned pid; u64 at_us; unsigned sm, memory, encoder, decoder; } Reading;
int nvmlDeviceGetProcessUtilization(void *device, Reading *out, unsigned *length, u64 since_us) {
  ON_DEVICE
  if (g->instances || instance >= 0) return NOT_SUPPORTED;
  struct timespec clock;
  clock_gettime(CLOCK_REALTIME, &clock);
  u64 at_us = ((u64)clock.tv_sec * 1000000 + clock.tv_nsec / 1000) / 250000 * 250000;
  unsigned capacity = *length, there = 0;
  for (int i = 0; i < now.works && at_us > since_us; i++) {
    if (now.work[i].gpu != gpu_of(device)) continue;
    if (out && there < capacity) out[there] = (Reading){now.work[i].pid, at_us, now.work[i].percent, 0, 0, 0};
    there++;
  }
  if (!there) return NOT_FOUND;
  *length = there;
  return !out || there > capacity ? SMALL : OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned *length, Listed *out) { (void)out; ON_DEVICE *length = 0; return OK; }
/* nvml.h: "querying a byte counter over a 20ms interval"; the true time was not measured. A scenario may say `delay`. */
int nvmlDeviceGetPcieThroughput(void *device, unsigned counter, unsigned *out) { ON_DEVICE NOT_ON_MIG *out = counter ? g->pcie_kbps : g->pcie_kbps / 2; return OK; }
int nvmlDeviceGetNvLinkVersion(void *device, unsigned link, unsigned *out) { (void)link, (void)out; ON_DEVICE return NOT_SUPPORTED; }
int nvmlDeviceGetNvLinkState(void *device, unsigned link, unsigned *out) {
  ON_DEVICE
  if ((int)link >= g->nvlinks) return g->nvlinks ? INVALID : NOT_SUPPORTED;
  *out = (int)link < g->nvlinks_up;
  return OK;
}
int nvmlDeviceGetNvLinkCapability(void *device, unsigned link, unsigned capability, unsigned *out) { (void)link, (void)capability, (void)out; ON_DEVICE return NOT_SUPPORTED; }
typedef struct { unsigned field, scope; long long at, latency; unsigned type; int code; u64 value; } Field;
int nvmlDeviceGetFieldValues(void *device, int length, Field *out) {
  ON_DEVICE
  for (int i = 0; i < length; i++) out[i].code = NOT_SUPPORTED, out[i].value = 0;
  return OK;
}
