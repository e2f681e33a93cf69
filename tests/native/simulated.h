/* Knobs of the simulated driver and libraries: environment variables named SIMULATED_*. Nothing here is a measurement. */
#include <stdlib.h>

static inline int knob(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value && *value ? atoi(value) : otherwise;
}

/* The i-th number of a comma-separated list; the last one stands for those after it. */
static inline long long knob_of(const char *name, int index, long long otherwise) {
  const char *value = getenv(name);
  if (!value || !*value) return otherwise;
  for (const char *next; index > 0 && (next = value); index--) {
    while (*next && *next != ',') next++;
    if (!*next) break;
    value = next + 1;
  }
  return atoll(value);
}

#define OK(function) int function(void) { return 0; }
