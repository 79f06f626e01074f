// Sixteen float lanes in instructions that every processor has: the definition that every other
// instruction set must match bit for bit.
#pragma once
#include <cstdint>
#include <cstring>

#define ICRL_LANES for (int i = 0; i < 16; i++)

struct F16 {
  float v[16];
};
struct I16 {
  int32_t v[16];
};
struct M16 {
  bool v[16];
};

#ifdef __SSE2__
/**
 * a · b + c, rounded once: the product is exact in double precision, and the sum is rounded to odd
 * there, after which rounding to float gives what rounding the exact sum would (Boldo and Melquiond
 * 2008). The C library's fmaf is slow without the instruction, and not exact everywhere.
 */
ICRL_INLINE __m128d fma_to_odd(__m128d a, __m128d b, __m128d c) {
  const __m128d none = _mm_setzero_pd();
  const __m128d product = _mm_mul_pd(a, b), sum = _mm_add_pd(product, c),
                part = _mm_sub_pd(sum, product);
  const __m128d error = _mm_add_pd(_mm_sub_pd(product, _mm_sub_pd(sum, part)), _mm_sub_pd(c, part));
  const __m128i bits = _mm_castpd_si128(sum), one = _mm_set1_epi64x(1);
  const __m128i inexact =
      _mm_castpd_si128(_mm_or_pd(_mm_cmplt_pd(error, none), _mm_cmpgt_pd(error, none)));
  const __m128i even = _mm_sub_epi64(_mm_setzero_si128(), _mm_andnot_si128(bits, one));
  const __m128i toZero = _mm_srli_epi64(_mm_castpd_si128(_mm_xor_pd(error, sum)), 63);
  const __m128i step = _mm_sub_epi64(one, _mm_add_epi64(toZero, toZero));
  return _mm_castsi128_pd(_mm_add_epi64(bits, _mm_and_si128(_mm_and_si128(inexact, even), step)));
}

ICRL_INLINE __m128 fma_four(__m128 a, __m128 b, __m128 c) {
  const __m128d low = fma_to_odd(_mm_cvtps_pd(a), _mm_cvtps_pd(b), _mm_cvtps_pd(c));
  const __m128d high =
      fma_to_odd(_mm_cvtps_pd(_mm_movehl_ps(a, a)), _mm_cvtps_pd(_mm_movehl_ps(b, b)),
                 _mm_cvtps_pd(_mm_movehl_ps(c, c)));
  return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}

ICRL_INLINE float fma(float a, float b, float c) {
  return _mm_cvtss_f32(fma_four(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}
ICRL_INLINE F16 fma(const F16& a, const F16& b, const F16& c) {
  F16 r;
  for (int i = 0; i < 16; i += 4)
    _mm_storeu_ps(r.v + i,
                  fma_four(_mm_loadu_ps(a.v + i), _mm_loadu_ps(b.v + i), _mm_loadu_ps(c.v + i)));
  return r;
}
#else
ICRL_INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
ICRL_INLINE F16 fma(const F16& a, const F16& b, const F16& c) {
  F16 r;
  ICRL_LANES r.v[i] = fma(a.v[i], b.v[i], c.v[i]);
  return r;
}
#endif

ICRL_INLINE F16 set1(float x) {
  F16 r;
  ICRL_LANES r.v[i] = x;
  return r;
}
ICRL_INLINE F16 zero() { return set1(0.0f); }
ICRL_INLINE F16 load(const float* p) {
  F16 r;
  std::memcpy(r.v, p, 64);
  return r;
}
ICRL_INLINE void store(float* p, const F16& x) { std::memcpy(p, x.v, 64); }
ICRL_INLINE F16 load_n(const float* p, size_t n) {
  F16 r = zero();
  for (size_t i = 0; i < n; i++) r.v[i] = p[i];
  return r;
}
ICRL_INLINE void store_n(float* p, const F16& x, size_t n) {
  for (size_t i = 0; i < n; i++) p[i] = x.v[i];
}

ICRL_INLINE F16 operator+(const F16& a, const F16& b) {
  F16 r;
  ICRL_LANES r.v[i] = a.v[i] + b.v[i];
  return r;
}
ICRL_INLINE F16 operator-(const F16& a, const F16& b) {
  F16 r;
  ICRL_LANES r.v[i] = a.v[i] - b.v[i];
  return r;
}
ICRL_INLINE F16 operator*(const F16& a, const F16& b) {
  F16 r;
  ICRL_LANES r.v[i] = a.v[i] * b.v[i];
  return r;
}
ICRL_INLINE F16 operator/(const F16& a, const F16& b) {
  F16 r;
  ICRL_LANES r.v[i] = a.v[i] / b.v[i];
  return r;
}
ICRL_INLINE F16 sqrt(const F16& a) {
  F16 r;
  ICRL_LANES r.v[i] = __builtin_sqrtf(a.v[i]);
  return r;
}

/** a > b ? a : b, lane by lane: b if either is NaN. */
ICRL_INLINE F16 max(const F16& a, const F16& b) {
  F16 r;
  ICRL_LANES r.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
  return r;
}
/** a < b ? a : b */
ICRL_INLINE F16 min(const F16& a, const F16& b) {
  F16 r;
  ICRL_LANES r.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i];
  return r;
}

ICRL_INLINE M16 less(const F16& a, const F16& b) {
  M16 r;
  ICRL_LANES r.v[i] = a.v[i] < b.v[i];
  return r;
}
ICRL_INLINE M16 less_equal(const F16& a, const F16& b) {
  M16 r;
  ICRL_LANES r.v[i] = a.v[i] <= b.v[i];
  return r;
}
ICRL_INLINE M16 equal(const F16& a, const F16& b) {
  M16 r;
  ICRL_LANES r.v[i] = a.v[i] == b.v[i];
  return r;
}
ICRL_INLINE M16 not_equal(const F16& a, const F16& b) {
  M16 r;
  ICRL_LANES r.v[i] = a.v[i] != b.v[i];
  return r;
}
/** True in lanes 0 … n − 1. */
ICRL_INLINE M16 first(size_t n) {
  M16 r;
  ICRL_LANES r.v[i] = static_cast<size_t>(i) < n;
  return r;
}
ICRL_INLINE F16 select(const M16& m, const F16& yes, const F16& no) {
  F16 r;
  ICRL_LANES r.v[i] = m.v[i] ? yes.v[i] : no.v[i];
  return r;
}
ICRL_INLINE uint32_t bits_of(const M16& m) {
  uint32_t r = 0;
  ICRL_LANES r |= static_cast<uint32_t>(m.v[i]) << i;
  return r;
}
ICRL_INLINE M16 mask_of(uint32_t bits) {
  M16 r;
  ICRL_LANES r.v[i] = (bits >> i) & 1;
  return r;
}

ICRL_INLINE I16 as_int(const F16& a) {
  I16 r;
  std::memcpy(r.v, a.v, 64);
  return r;
}
ICRL_INLINE F16 as_float(const I16& a) {
  F16 r;
  std::memcpy(r.v, a.v, 64);
  return r;
}
ICRL_INLINE I16 set1_int(int32_t x) {
  I16 r;
  ICRL_LANES r.v[i] = x;
  return r;
}
ICRL_INLINE I16 operator+(const I16& a, const I16& b) {
  I16 r;
  ICRL_LANES r.v[i] =
      static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) + static_cast<uint32_t>(b.v[i]));
  return r;
}
ICRL_INLINE I16 operator-(const I16& a, const I16& b) {
  I16 r;
  ICRL_LANES r.v[i] =
      static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) - static_cast<uint32_t>(b.v[i]));
  return r;
}
ICRL_INLINE I16 operator&(const I16& a, const I16& b) {
  I16 r;
  ICRL_LANES r.v[i] = a.v[i] & b.v[i];
  return r;
}
ICRL_INLINE I16 operator|(const I16& a, const I16& b) {
  I16 r;
  ICRL_LANES r.v[i] = a.v[i] | b.v[i];
  return r;
}
template <int n>
ICRL_INLINE I16 shift_left(const I16& a) {
  I16 r;
  ICRL_LANES r.v[i] = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) << n);
  return r;
}
/** Arithmetic shift: copies of the sign bit come in from above. */
template <int n>
ICRL_INLINE I16 shift_right(const I16& a) {
  I16 r;
  ICRL_LANES r.v[i] = a.v[i] >> n;
  return r;
}
ICRL_INLINE F16 to_float(const I16& a) {
  F16 r;
  ICRL_LANES r.v[i] = static_cast<float>(a.v[i]);
  return r;
}

/** Lanes added as a tree: i with i + 8, then i + 4, i + 2, i + 1. */
ICRL_INLINE float sum(const F16& x) {
  F16 t = x;
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) t.v[i] = t.v[i] + t.v[i + half];
  return t.v[0];
}

ICRL_INLINE float largest(const F16& x) {
  F16 t = x;
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) t.v[i] = t.v[i] > t.v[i + half] ? t.v[i] : t.v[i + half];
  return t.v[0];
}

/** Transposes sixteen rows into sixteen columns. */
ICRL_INLINE void transpose_lanes(F16 (&x)[16]) {
  float rows[16][16], columns[16][16];
  for (int i = 0; i < 16; i++) store(rows[i], x[i]);
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) columns[j][i] = rows[i][j];
  for (int i = 0; i < 16; i++) x[i] = load(columns[i]);
}
