// Sixteen float lanes in one 512-bit register.
#pragma once
#include <immintrin.h>
#include <cstdint>

struct F16 {
  __m512 v;
};
struct I16 {
  __m512i v;
};
struct M16 {
  __mmask16 v;
};

ICRL_INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
ICRL_INLINE F16 set1(float x) { return {_mm512_set1_ps(x)}; }
ICRL_INLINE F16 zero() { return {_mm512_setzero_ps()}; }
ICRL_INLINE F16 load(const float* p) { return {_mm512_loadu_ps(p)}; }
ICRL_INLINE void store(float* p, F16 x) { _mm512_storeu_ps(p, x.v); }
ICRL_INLINE __mmask16 lane_mask(size_t n) { return static_cast<__mmask16>((1u << n) - 1u); }
ICRL_INLINE F16 load_n(const float* p, size_t n) {
  return {_mm512_maskz_loadu_ps(lane_mask(n), p)};
}
ICRL_INLINE void store_n(float* p, F16 x, size_t n) { _mm512_mask_storeu_ps(p, lane_mask(n), x.v); }

ICRL_INLINE F16 operator+(F16 a, F16 b) { return {_mm512_add_ps(a.v, b.v)}; }
ICRL_INLINE F16 operator-(F16 a, F16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
ICRL_INLINE F16 operator*(F16 a, F16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
ICRL_INLINE F16 operator/(F16 a, F16 b) { return {_mm512_div_ps(a.v, b.v)}; }
ICRL_INLINE F16 fma(F16 a, F16 b, F16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
ICRL_INLINE F16 sqrt(F16 a) { return {_mm512_sqrt_ps(a.v)}; }
ICRL_INLINE F16 max(F16 a, F16 b) { return {_mm512_max_ps(a.v, b.v)}; }
ICRL_INLINE F16 min(F16 a, F16 b) { return {_mm512_min_ps(a.v, b.v)}; }

ICRL_INLINE M16 less(F16 a, F16 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
ICRL_INLINE M16 less_equal(F16 a, F16 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
ICRL_INLINE M16 equal(F16 a, F16 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
ICRL_INLINE M16 not_equal(F16 a, F16 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)}; }
ICRL_INLINE M16 first(size_t n) { return {lane_mask(n)}; }
ICRL_INLINE F16 select(M16 m, F16 yes, F16 no) { return {_mm512_mask_blend_ps(m.v, no.v, yes.v)}; }
ICRL_INLINE uint32_t bits_of(M16 m) { return m.v; }
ICRL_INLINE M16 mask_of(uint32_t bits) { return {static_cast<__mmask16>(bits)}; }

ICRL_INLINE I16 as_int(F16 a) { return {_mm512_castps_si512(a.v)}; }
ICRL_INLINE F16 as_float(I16 a) { return {_mm512_castsi512_ps(a.v)}; }
ICRL_INLINE I16 set1_int(int32_t x) { return {_mm512_set1_epi32(x)}; }
ICRL_INLINE I16 operator+(I16 a, I16 b) { return {_mm512_add_epi32(a.v, b.v)}; }
ICRL_INLINE I16 operator-(I16 a, I16 b) { return {_mm512_sub_epi32(a.v, b.v)}; }
ICRL_INLINE I16 operator&(I16 a, I16 b) { return {_mm512_and_si512(a.v, b.v)}; }
ICRL_INLINE I16 operator|(I16 a, I16 b) { return {_mm512_or_si512(a.v, b.v)}; }
template <int n>
ICRL_INLINE I16 shift_left(I16 a) {
  return {_mm512_slli_epi32(a.v, n)};
}
template <int n>
ICRL_INLINE I16 shift_right(I16 a) {
  return {_mm512_srai_epi32(a.v, n)};
}
ICRL_INLINE F16 to_float(I16 a) { return {_mm512_cvtepi32_ps(a.v)}; }

ICRL_INLINE float sum(F16 x) {
  const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x.v), 1));
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x.v), high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

ICRL_INLINE float largest(F16 x) {
  const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x.v), 1));
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(x.v), high);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

/** Transposes sixteen rows into sixteen columns. */
ICRL_INLINE void transpose_lanes(F16 (&x)[16]) {
  __m512 a[16], b[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_ps(x[i].v, x[i + 1].v);
    a[i + 1] = _mm512_unpackhi_ps(x[i].v, x[i + 1].v);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    b[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a[i]), _mm512_castps_pd(a[i + 2])));
    b[i + 1] =
        _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a[i]), _mm512_castps_pd(a[i + 2])));
    b[i + 2] = _mm512_castpd_ps(
        _mm512_unpacklo_pd(_mm512_castps_pd(a[i + 1]), _mm512_castps_pd(a[i + 3])));
    b[i + 3] = _mm512_castpd_ps(
        _mm512_unpackhi_pd(_mm512_castps_pd(a[i + 1]), _mm512_castps_pd(a[i + 3])));
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    a[i] = _mm512_shuffle_f32x4(b[i], b[i + 4], 0x88);
    a[i + 4] = _mm512_shuffle_f32x4(b[i], b[i + 4], 0xdd);
    a[i + 8] = _mm512_shuffle_f32x4(b[i + 8], b[i + 12], 0x88);
    a[i + 12] = _mm512_shuffle_f32x4(b[i + 8], b[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    x[i].v = _mm512_shuffle_f32x4(a[i], a[i + 8], 0x88);
    x[i + 4].v = _mm512_shuffle_f32x4(a[i + 4], a[i + 12], 0x88);
    x[i + 8].v = _mm512_shuffle_f32x4(a[i], a[i + 8], 0xdd);
    x[i + 12].v = _mm512_shuffle_f32x4(a[i + 4], a[i + 12], 0xdd);
  }
}
