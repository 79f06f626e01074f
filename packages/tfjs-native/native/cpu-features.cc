#include "cpu-features.h"

#include "ops.h"

namespace icrl_scalar {
extern const OpTable op_table;
}
#if defined(__x86_64__)
namespace icrl_avx2 {
extern const OpTable op_table;
}
namespace icrl_avx512 {
extern const OpTable op_table;
}
#elif defined(__aarch64__)
namespace icrl_neon {
extern const OpTable op_table;
}
#endif

#if defined(__x86_64__)
#include <cpuid.h>

namespace {

bool bit(unsigned value, int n) { return (value >> n & 1) != 0; }

unsigned enabled_state() {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

struct Features {
  bool avx2 = false, avx512 = false;
};

/** What the processor offers and the operating system saves when it switches threads. */
Features detect() {
  Features found;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
  const bool saves = bit(c, 27), avx = bit(c, 28), fma = bit(c, 12);
  if (!saves || !avx || !fma || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
  const unsigned state = enabled_state();
  found.avx2 = bit(b, 5) && (state & 0x6) == 0x6;
  found.avx512 =
      found.avx2 && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31) && (state & 0xe6) == 0xe6;
  return found;
}

}  // namespace
#endif

const InstructionSet* instruction_sets() {
#if defined(__x86_64__)
  static const Features features = detect();
  static const InstructionSet sets[] = {
      {"scalar", &icrl_scalar::op_table, true},
      {"avx2", &icrl_avx2::op_table, features.avx2},
      {"avx512", &icrl_avx512::op_table, features.avx512},
  };
#elif defined(__aarch64__)
  static const InstructionSet sets[] = {{"scalar", &icrl_scalar::op_table, true},
                                        {"neon", &icrl_neon::op_table, true}};
#else
  static const InstructionSet sets[] = {{"scalar", &icrl_scalar::op_table, true}};
#endif
  return sets;
}

int instruction_set_count() {
#if defined(__x86_64__)
  return 3;
#elif defined(__aarch64__)
  return 2;
#else
  return 1;
#endif
}
