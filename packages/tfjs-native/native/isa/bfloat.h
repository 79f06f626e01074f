// Bfloat16 in memory: the upper half of a float32. Kernels widen it as they load, which is exact,
// and compute in float32.
#pragma once
#include "vector.h"

namespace ICRL_NAMESPACE {

using Bf16 = uint16_t;

ICRL_INLINE F16 load(const Bf16* p) {
  uint32_t bits[16];
  float lanes[16];
  for (int i = 0; i < 16; i++) bits[i] = static_cast<uint32_t>(p[i]) << 16;
  std::memcpy(lanes, bits, 64);
  return load(lanes);
}

ICRL_INLINE F16 load_n(const Bf16* p, size_t n) {
  Bf16 t[16] = {};
  std::memcpy(t, p, n * sizeof(Bf16));
  return load(t);
}

}  // namespace ICRL_NAMESPACE
