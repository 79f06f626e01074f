// Sixteen float lanes held by sixteen threads: half a warp. `sum` and `largest` give every thread
// the result; the tree is that of every other instruction set, since a + b and b + a have the same
// bits. All sixteen threads call together.
#pragma once
#include <cstdint>

struct F16 {
  float v;
};
struct I16 {
  int32_t v;
};
struct M16 {
  bool v;
};

ICRL_INLINE unsigned lane() { return threadIdx.x & 15u; }
ICRL_INLINE unsigned half_warp() { return 0xffffu << (threadIdx.x & 16u); }
ICRL_INLINE void sync_lanes() { __syncwarp(half_warp()); }
ICRL_INLINE bool leads() { return lane() == 0; }

ICRL_INLINE float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
ICRL_INLINE F16 fma(F16 a, F16 b, F16 c) { return {__fmaf_rn(a.v, b.v, c.v)}; }
ICRL_INLINE F16 set1(float x) { return {x}; }
ICRL_INLINE F16 zero() { return {0.0f}; }
ICRL_INLINE F16 load(const float* p) { return {p[lane()]}; }
ICRL_INLINE void store(float* p, F16 x) { p[lane()] = x.v; }
ICRL_INLINE F16 load_n(const float* p, size_t n) { return {lane() < n ? p[lane()] : 0.0f}; }
ICRL_INLINE void store_n(float* p, F16 x, size_t n) {
  if (lane() < n) p[lane()] = x.v;
}
ICRL_INLINE float lane_of(F16 x, int i) {
  return __shfl_sync(half_warp(), x.v, i | static_cast<int>(threadIdx.x & 16u));
}

ICRL_INLINE F16 operator+(F16 a, F16 b) { return {a.v + b.v}; }
ICRL_INLINE F16 operator-(F16 a, F16 b) { return {a.v - b.v}; }
ICRL_INLINE F16 operator*(F16 a, F16 b) { return {a.v * b.v}; }
ICRL_INLINE F16 operator/(F16 a, F16 b) { return {a.v / b.v}; }
ICRL_INLINE F16 sqrt(F16 a) { return {ICRL_SQRT(a.v)}; }
ICRL_INLINE F16 max(F16 a, F16 b) { return {a.v > b.v ? a.v : b.v}; }
ICRL_INLINE F16 min(F16 a, F16 b) { return {a.v < b.v ? a.v : b.v}; }

ICRL_INLINE M16 less(F16 a, F16 b) { return {a.v < b.v}; }
ICRL_INLINE M16 less_equal(F16 a, F16 b) { return {a.v <= b.v}; }
ICRL_INLINE M16 equal(F16 a, F16 b) { return {a.v == b.v}; }
ICRL_INLINE M16 not_equal(F16 a, F16 b) { return {a.v != b.v}; }
ICRL_INLINE M16 first(size_t n) { return {lane() < n}; }
ICRL_INLINE F16 select(M16 m, F16 yes, F16 no) { return {m.v ? yes.v : no.v}; }

ICRL_INLINE I16 as_int(F16 a) { return {__float_as_int(a.v)}; }
ICRL_INLINE F16 as_float(I16 a) { return {__int_as_float(a.v)}; }
ICRL_INLINE I16 set1_int(int32_t x) { return {x}; }
ICRL_INLINE I16 operator+(I16 a, I16 b) {
  return {static_cast<int32_t>(static_cast<uint32_t>(a.v) + static_cast<uint32_t>(b.v))};
}
ICRL_INLINE I16 operator-(I16 a, I16 b) {
  return {static_cast<int32_t>(static_cast<uint32_t>(a.v) - static_cast<uint32_t>(b.v))};
}
ICRL_INLINE I16 operator&(I16 a, I16 b) { return {a.v & b.v}; }
ICRL_INLINE I16 operator|(I16 a, I16 b) { return {a.v | b.v}; }
template <int n>
ICRL_INLINE I16 shift_left(I16 a) {
  return {static_cast<int32_t>(static_cast<uint32_t>(a.v) << n)};
}
template <int n>
ICRL_INLINE I16 shift_right(I16 a) {
  return {a.v >> n};
}
ICRL_INLINE F16 to_float(I16 a) { return {static_cast<float>(a.v)}; }

ICRL_INLINE float sum(F16 x) {
  float t = x.v;
#pragma unroll
  for (int half = 8; half > 0; half /= 2) t = t + __shfl_xor_sync(half_warp(), t, half);
  return t;
}
ICRL_INLINE float largest(F16 x) {
  float t = x.v;
#pragma unroll
  for (int half = 8; half > 0; half /= 2) {
    const float other = __shfl_xor_sync(half_warp(), t, half);
    // The lower lane's value comes first, as on every other instruction set: it decides between +0
    // and −0.
    const bool lower = (lane() & half) == 0;
    const float a = lower ? t : other, b = lower ? other : t;
    t = a > b ? a : b;
  }
  return t;
}
