// Sixteen float lanes in two 256-bit registers: lanes 0–7 and 8–15.
#pragma once
#include <immintrin.h>
#include <cstdint>

struct F16 {
  __m256 a, b;
};
struct I16 {
  __m256i a, b;
};
struct M16 {
  __m256 a, b;
};

alignas(64) static const int32_t kLaneMask[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                  -1, -1, -1, -1, -1, 0,  0,  0,  0,  0,  0,
                                                  0,  0,  0,  0,  0,  0,  0,  0,  0,  0};
ICRL_INLINE __m256i lane_mask(size_t n, size_t from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMask + 16 - n + from));
}

ICRL_INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
ICRL_INLINE F16 set1(float x) {
  const __m256 v = _mm256_set1_ps(x);
  return {v, v};
}
ICRL_INLINE F16 zero() { return set1(0.0f); }
ICRL_INLINE F16 load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
ICRL_INLINE void store(float* p, F16 x) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
ICRL_INLINE F16 load_n(const float* p, size_t n) {
  return {_mm256_maskload_ps(p, lane_mask(n, 0)), _mm256_maskload_ps(p + 8, lane_mask(n, 8))};
}
ICRL_INLINE void store_n(float* p, F16 x, size_t n) {
  _mm256_maskstore_ps(p, lane_mask(n, 0), x.a);
  _mm256_maskstore_ps(p + 8, lane_mask(n, 8), x.b);
}

ICRL_INLINE F16 operator+(F16 x, F16 y) {
  return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)};
}
ICRL_INLINE F16 operator-(F16 x, F16 y) {
  return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)};
}
ICRL_INLINE F16 operator*(F16 x, F16 y) {
  return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)};
}
ICRL_INLINE F16 operator/(F16 x, F16 y) {
  return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)};
}
ICRL_INLINE F16 fma(F16 x, F16 y, F16 z) {
  return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
ICRL_INLINE F16 sqrt(F16 x) { return {_mm256_sqrt_ps(x.a), _mm256_sqrt_ps(x.b)}; }
ICRL_INLINE F16 max(F16 x, F16 y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
ICRL_INLINE F16 min(F16 x, F16 y) { return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)}; }

ICRL_INLINE M16 less(F16 x, F16 y) {
  return {_mm256_cmp_ps(x.a, y.a, _CMP_LT_OQ), _mm256_cmp_ps(x.b, y.b, _CMP_LT_OQ)};
}
ICRL_INLINE M16 less_equal(F16 x, F16 y) {
  return {_mm256_cmp_ps(x.a, y.a, _CMP_LE_OQ), _mm256_cmp_ps(x.b, y.b, _CMP_LE_OQ)};
}
ICRL_INLINE M16 equal(F16 x, F16 y) {
  return {_mm256_cmp_ps(x.a, y.a, _CMP_EQ_OQ), _mm256_cmp_ps(x.b, y.b, _CMP_EQ_OQ)};
}
ICRL_INLINE M16 not_equal(F16 x, F16 y) {
  return {_mm256_cmp_ps(x.a, y.a, _CMP_NEQ_UQ), _mm256_cmp_ps(x.b, y.b, _CMP_NEQ_UQ)};
}
ICRL_INLINE M16 first(size_t n) {
  return {_mm256_castsi256_ps(lane_mask(n, 0)), _mm256_castsi256_ps(lane_mask(n, 8))};
}
ICRL_INLINE F16 select(M16 m, F16 yes, F16 no) {
  return {_mm256_blendv_ps(no.a, yes.a, m.a), _mm256_blendv_ps(no.b, yes.b, m.b)};
}
ICRL_INLINE uint32_t bits_of(M16 m) {
  return static_cast<uint32_t>(_mm256_movemask_ps(m.a)) |
         static_cast<uint32_t>(_mm256_movemask_ps(m.b)) << 8;
}
ICRL_INLINE M16 mask_of(uint32_t bits) {
  const __m256i lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i low = _mm256_and_si256(_mm256_set1_epi32(static_cast<int32_t>(bits)), lanes);
  const __m256i high = _mm256_and_si256(_mm256_set1_epi32(static_cast<int32_t>(bits >> 8)), lanes);
  return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(low, lanes)),
          _mm256_castsi256_ps(_mm256_cmpeq_epi32(high, lanes))};
}

ICRL_INLINE I16 as_int(F16 x) { return {_mm256_castps_si256(x.a), _mm256_castps_si256(x.b)}; }
ICRL_INLINE F16 as_float(I16 x) { return {_mm256_castsi256_ps(x.a), _mm256_castsi256_ps(x.b)}; }
ICRL_INLINE I16 set1_int(int32_t x) {
  const __m256i v = _mm256_set1_epi32(x);
  return {v, v};
}
ICRL_INLINE I16 operator+(I16 x, I16 y) {
  return {_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b)};
}
ICRL_INLINE I16 operator-(I16 x, I16 y) {
  return {_mm256_sub_epi32(x.a, y.a), _mm256_sub_epi32(x.b, y.b)};
}
ICRL_INLINE I16 operator&(I16 x, I16 y) {
  return {_mm256_and_si256(x.a, y.a), _mm256_and_si256(x.b, y.b)};
}
ICRL_INLINE I16 operator|(I16 x, I16 y) {
  return {_mm256_or_si256(x.a, y.a), _mm256_or_si256(x.b, y.b)};
}
template <int n>
ICRL_INLINE I16 shift_left(I16 x) {
  return {_mm256_slli_epi32(x.a, n), _mm256_slli_epi32(x.b, n)};
}
template <int n>
ICRL_INLINE I16 shift_right(I16 x) {
  return {_mm256_srai_epi32(x.a, n), _mm256_srai_epi32(x.b, n)};
}
ICRL_INLINE F16 to_float(I16 x) { return {_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)}; }

ICRL_INLINE float sum(F16 x) {
  const __m256 eight = _mm256_add_ps(x.a, x.b);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

ICRL_INLINE float largest(F16 x) {
  const __m256 eight = _mm256_max_ps(x.a, x.b);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

ICRL_INLINE void transpose_eight(__m256 (&x)[8]) {
  __m256 a[8], b[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
    a[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    b[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
    b[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
    b[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
    b[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    x[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
    x[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
  }
}

/** Transposes sixteen rows into sixteen columns, a quarter at a time. */
ICRL_INLINE void transpose_lanes(F16 (&x)[16]) {
  __m256 quarter[2][2][8];
  for (int i = 0; i < 8; i++) {
    quarter[0][0][i] = x[i].a;
    quarter[0][1][i] = x[i].b;
    quarter[1][0][i] = x[i + 8].a;
    quarter[1][1][i] = x[i + 8].b;
  }
  for (int r = 0; r < 2; r++)
    for (int c = 0; c < 2; c++) transpose_eight(quarter[r][c]);
  for (int i = 0; i < 8; i++) {
    x[i] = {quarter[0][0][i], quarter[1][0][i]};
    x[i + 8] = {quarter[0][1][i], quarter[1][1][i]};
  }
}
