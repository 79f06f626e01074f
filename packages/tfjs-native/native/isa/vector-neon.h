// Sixteen float lanes in four 128-bit registers: lanes 0–3, 4–7, 8–11, 12–15.
#pragma once
#include <arm_neon.h>
#include <cstdint>
#include <cstring>

#define ICRL_PARTS for (int i = 0; i < 4; i++)

struct F16 {
  float32x4_t v[4];
};
struct I16 {
  int32x4_t v[4];
};
struct M16 {
  uint32x4_t v[4];
};

ICRL_INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
ICRL_INLINE F16 set1(float x) {
  F16 r;
  ICRL_PARTS r.v[i] = vdupq_n_f32(x);
  return r;
}
ICRL_INLINE F16 zero() { return set1(0.0f); }
ICRL_INLINE F16 load(const float* p) {
  F16 r;
  ICRL_PARTS r.v[i] = vld1q_f32(p + 4 * i);
  return r;
}
ICRL_INLINE void store(float* p, F16 x) { ICRL_PARTS vst1q_f32(p + 4 * i, x.v[i]); }
ICRL_INLINE F16 load_n(const float* p, size_t n) {
  float t[16] = {};
  std::memcpy(t, p, n * 4);
  return load(t);
}
ICRL_INLINE void store_n(float* p, F16 x, size_t n) {
  float t[16];
  store(t, x);
  std::memcpy(p, t, n * 4);
}

ICRL_INLINE F16 operator+(F16 a, F16 b) {
  F16 r;
  ICRL_PARTS r.v[i] = vaddq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE F16 operator-(F16 a, F16 b) {
  F16 r;
  ICRL_PARTS r.v[i] = vsubq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE F16 operator*(F16 a, F16 b) {
  F16 r;
  ICRL_PARTS r.v[i] = vmulq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE F16 operator/(F16 a, F16 b) {
  F16 r;
  ICRL_PARTS r.v[i] = vdivq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE F16 fma(F16 a, F16 b, F16 c) {
  F16 r;
  ICRL_PARTS r.v[i] = vfmaq_f32(c.v[i], a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE F16 sqrt(F16 a) {
  F16 r;
  ICRL_PARTS r.v[i] = vsqrtq_f32(a.v[i]);
  return r;
}

ICRL_INLINE M16 less(F16 a, F16 b) {
  M16 r;
  ICRL_PARTS r.v[i] = vcltq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE M16 less_equal(F16 a, F16 b) {
  M16 r;
  ICRL_PARTS r.v[i] = vcleq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE M16 equal(F16 a, F16 b) {
  M16 r;
  ICRL_PARTS r.v[i] = vceqq_f32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE M16 not_equal(F16 a, F16 b) {
  M16 r;
  ICRL_PARTS r.v[i] = vmvnq_u32(vceqq_f32(a.v[i], b.v[i]));
  return r;
}
ICRL_INLINE F16 select(M16 m, F16 yes, F16 no) {
  F16 r;
  ICRL_PARTS r.v[i] = vbslq_f32(m.v[i], yes.v[i], no.v[i]);
  return r;
}
// vmaxq differs from the x86 maximum at NaN and signed zeros, so both are spelled out.
ICRL_INLINE F16 max(F16 a, F16 b) { return select(less(b, a), a, b); }
ICRL_INLINE F16 min(F16 a, F16 b) { return select(less(a, b), a, b); }
ICRL_INLINE M16 mask_of(uint32_t bits) {
  uint32_t t[16];
  for (int i = 0; i < 16; i++) t[i] = (bits >> i) & 1 ? 0xffffffffu : 0;
  M16 r;
  ICRL_PARTS r.v[i] = vld1q_u32(t + 4 * i);
  return r;
}
ICRL_INLINE M16 first(size_t n) { return mask_of((1u << n) - 1u); }
ICRL_INLINE uint32_t bits_of(M16 m) {
  uint32_t t[16], r = 0;
  ICRL_PARTS vst1q_u32(t + 4 * i, m.v[i]);
  for (int i = 0; i < 16; i++) r |= (t[i] & 1u) << i;
  return r;
}

ICRL_INLINE I16 as_int(F16 a) {
  I16 r;
  ICRL_PARTS r.v[i] = vreinterpretq_s32_f32(a.v[i]);
  return r;
}
ICRL_INLINE F16 as_float(I16 a) {
  F16 r;
  ICRL_PARTS r.v[i] = vreinterpretq_f32_s32(a.v[i]);
  return r;
}
ICRL_INLINE I16 set1_int(int32_t x) {
  I16 r;
  ICRL_PARTS r.v[i] = vdupq_n_s32(x);
  return r;
}
ICRL_INLINE I16 operator+(I16 a, I16 b) {
  I16 r;
  ICRL_PARTS r.v[i] = vaddq_s32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE I16 operator-(I16 a, I16 b) {
  I16 r;
  ICRL_PARTS r.v[i] = vsubq_s32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE I16 operator&(I16 a, I16 b) {
  I16 r;
  ICRL_PARTS r.v[i] = vandq_s32(a.v[i], b.v[i]);
  return r;
}
ICRL_INLINE I16 operator|(I16 a, I16 b) {
  I16 r;
  ICRL_PARTS r.v[i] = vorrq_s32(a.v[i], b.v[i]);
  return r;
}
template <int n>
ICRL_INLINE I16 shift_left(I16 a) {
  I16 r;
  ICRL_PARTS r.v[i] = vshlq_n_s32(a.v[i], n);
  return r;
}
template <int n>
ICRL_INLINE I16 shift_right(I16 a) {
  I16 r;
  ICRL_PARTS r.v[i] = vshrq_n_s32(a.v[i], n);
  return r;
}
ICRL_INLINE F16 to_float(I16 a) {
  F16 r;
  ICRL_PARTS r.v[i] = vcvtq_f32_s32(a.v[i]);
  return r;
}

ICRL_INLINE float sum(F16 x) {
  const float32x4_t four = vaddq_f32(vaddq_f32(x.v[0], x.v[2]), vaddq_f32(x.v[1], x.v[3]));
  const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

ICRL_INLINE float largest(F16 x) {
  float t[16];
  store(t, x);
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) t[i] = t[i] > t[i + half] ? t[i] : t[i + half];
  return t[0];
}

ICRL_INLINE void transpose_four(float32x4_t& a, float32x4_t& b, float32x4_t& c, float32x4_t& d) {
  const float32x4x2_t ab = vtrnq_f32(a, b), cd = vtrnq_f32(c, d);
  a = vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0]));
  b = vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1]));
  c = vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0]));
  d = vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1]));
}

/** Transposes sixteen rows into sixteen columns, four by four. */
ICRL_INLINE void transpose_lanes(F16 (&x)[16]) {
  for (int r = 0; r < 16; r += 4)
    ICRL_PARTS transpose_four(x[r].v[i], x[r + 1].v[i], x[r + 2].v[i], x[r + 3].v[i]);
  for (int r = 0; r < 4; r++)
    for (int c = r + 1; c < 4; c++)
      for (int i = 0; i < 4; i++) {
        const float32x4_t t = x[4 * r + i].v[c];
        x[4 * r + i].v[c] = x[4 * c + i].v[r];
        x[4 * c + i].v[r] = t;
      }
}
