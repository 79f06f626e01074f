// Bfloat16 in memory: the upper half of a float32. Kernels widen it as they load, which is exact,
// and compute in float32.
#pragma once
#include "vector.h"

namespace ICRL_NAMESPACE {

using Bf16 = uint16_t;

#if ICRL_ISA == ICRL_ISA_CUDA
ICRL_INLINE F16 load(const Bf16* p) { return as_float(shift_left<16>(set1_int(p[lane()]))); }
#elif ICRL_ISA == ICRL_ISA_AVX512
ICRL_INLINE F16 load(const Bf16* p) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16))};
}
#elif ICRL_ISA == ICRL_ISA_AVX2
ICRL_INLINE F16 load(const Bf16* p) {
  const auto widened = [](const Bf16* from) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
  };
  return {widened(p), widened(p + 8)};
}
#else
ICRL_INLINE F16 load(const Bf16* p) {
  uint32_t bits[16];
  float lanes[16];
  for (int i = 0; i < 16; i++) bits[i] = static_cast<uint32_t>(p[i]) << 16;
  std::memcpy(lanes, bits, 64);
  return load(lanes);
}
#endif

#if ICRL_ISA == ICRL_ISA_CUDA
ICRL_INLINE F16 load_n(const Bf16* p, size_t n) {
  return as_float(shift_left<16>(set1_int(lane() < n ? p[lane()] : 0)));
}
#else
ICRL_INLINE F16 load_n(const Bf16* p, size_t n) {
  Bf16 t[16] = {};
  std::memcpy(t, p, n * sizeof(Bf16));
  return load(t);
}
#endif

}  // namespace ICRL_NAMESPACE
