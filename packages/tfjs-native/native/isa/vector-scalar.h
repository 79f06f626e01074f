// Sixteen float lanes in plain C++: the definition that every other instruction set must match bit for bit.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#define ICRL_LANES for (int i = 0; i < 16; i++)

struct F16 { float v[16]; };
struct I16 { int32_t v[16]; };
struct M16 { bool v[16]; };

ICRL_INLINE F16 set1(float x) { F16 r; ICRL_LANES r.v[i] = x; return r; }
ICRL_INLINE F16 zero() { return set1(0.0f); }
ICRL_INLINE F16 load(const float* p) { F16 r; std::memcpy(r.v, p, 64); return r; }
ICRL_INLINE void store(float* p, const F16& x) { std::memcpy(p, x.v, 64); }
ICRL_INLINE F16 load_n(const float* p, size_t n) { F16 r = zero(); for (size_t i = 0; i < n; i++) r.v[i] = p[i]; return r; }
ICRL_INLINE void store_n(float* p, const F16& x, size_t n) { for (size_t i = 0; i < n; i++) p[i] = x.v[i]; }

ICRL_INLINE F16 operator+(const F16& a, const F16& b) { F16 r; ICRL_LANES r.v[i] = a.v[i] + b.v[i]; return r; }
ICRL_INLINE F16 operator-(const F16& a, const F16& b) { F16 r; ICRL_LANES r.v[i] = a.v[i] - b.v[i]; return r; }
ICRL_INLINE F16 operator*(const F16& a, const F16& b) { F16 r; ICRL_LANES r.v[i] = a.v[i] * b.v[i]; return r; }
ICRL_INLINE F16 operator/(const F16& a, const F16& b) { F16 r; ICRL_LANES r.v[i] = a.v[i] / b.v[i]; return r; }
ICRL_INLINE F16 fma(const F16& a, const F16& b, const F16& c) { F16 r; ICRL_LANES r.v[i] = std::fma(a.v[i], b.v[i], c.v[i]); return r; }
ICRL_INLINE F16 sqrt(const F16& a) { F16 r; ICRL_LANES r.v[i] = std::sqrt(a.v[i]); return r; }

/** a > b ? a : b, lane by lane: b where either is NaN. */
ICRL_INLINE F16 max(const F16& a, const F16& b) { F16 r; ICRL_LANES r.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return r; }
/** a < b ? a : b */
ICRL_INLINE F16 min(const F16& a, const F16& b) { F16 r; ICRL_LANES r.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return r; }

ICRL_INLINE M16 less(const F16& a, const F16& b) { M16 r; ICRL_LANES r.v[i] = a.v[i] < b.v[i]; return r; }
ICRL_INLINE M16 less_equal(const F16& a, const F16& b) { M16 r; ICRL_LANES r.v[i] = a.v[i] <= b.v[i]; return r; }
ICRL_INLINE M16 equal(const F16& a, const F16& b) { M16 r; ICRL_LANES r.v[i] = a.v[i] == b.v[i]; return r; }
ICRL_INLINE M16 not_equal(const F16& a, const F16& b) { M16 r; ICRL_LANES r.v[i] = a.v[i] != b.v[i]; return r; }
/** True in lanes 0 … n − 1. */
ICRL_INLINE M16 first(size_t n) { M16 r; ICRL_LANES r.v[i] = static_cast<size_t>(i) < n; return r; }
ICRL_INLINE F16 select(const M16& m, const F16& yes, const F16& no) { F16 r; ICRL_LANES r.v[i] = m.v[i] ? yes.v[i] : no.v[i]; return r; }
ICRL_INLINE uint32_t bits_of(const M16& m) { uint32_t r = 0; ICRL_LANES r |= static_cast<uint32_t>(m.v[i]) << i; return r; }
ICRL_INLINE M16 mask_of(uint32_t bits) { M16 r; ICRL_LANES r.v[i] = (bits >> i) & 1; return r; }

ICRL_INLINE I16 as_int(const F16& a) { I16 r; std::memcpy(r.v, a.v, 64); return r; }
ICRL_INLINE F16 as_float(const I16& a) { F16 r; std::memcpy(r.v, a.v, 64); return r; }
ICRL_INLINE I16 set1_int(int32_t x) { I16 r; ICRL_LANES r.v[i] = x; return r; }
ICRL_INLINE I16 operator+(const I16& a, const I16& b) { I16 r; ICRL_LANES r.v[i] = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) + static_cast<uint32_t>(b.v[i])); return r; }
ICRL_INLINE I16 operator-(const I16& a, const I16& b) { I16 r; ICRL_LANES r.v[i] = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) - static_cast<uint32_t>(b.v[i])); return r; }
ICRL_INLINE I16 operator&(const I16& a, const I16& b) { I16 r; ICRL_LANES r.v[i] = a.v[i] & b.v[i]; return r; }
ICRL_INLINE I16 operator|(const I16& a, const I16& b) { I16 r; ICRL_LANES r.v[i] = a.v[i] | b.v[i]; return r; }
template <int n> ICRL_INLINE I16 shift_left(const I16& a) { I16 r; ICRL_LANES r.v[i] = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) << n); return r; }
/** Copies of the sign bit come in from above. */
template <int n> ICRL_INLINE I16 shift_right(const I16& a) { I16 r; ICRL_LANES r.v[i] = a.v[i] >> n; return r; }
ICRL_INLINE F16 to_float(const I16& a) { F16 r; ICRL_LANES r.v[i] = static_cast<float>(a.v[i]); return r; }

/** Lanes added as a tree: i with i + 8, then i + 4, i + 2, i + 1. */
ICRL_INLINE float sum(const F16& x) {
  F16 t = x;
  for (int half = 8; half > 0; half /= 2) for (int i = 0; i < half; i++) t.v[i] = t.v[i] + t.v[i + half];
  return t.v[0];
}

ICRL_INLINE float largest(const F16& x) {
  F16 t = x;
  for (int half = 8; half > 0; half /= 2) for (int i = 0; i < half; i++) t.v[i] = t.v[i] > t.v[i + half] ? t.v[i] : t.v[i + half];
  return t.v[0];
}

/** Turns sixteen rows into sixteen columns. */
ICRL_INLINE void transpose_lanes(F16 (&x)[16]) {
  float rows[16][16], columns[16][16];
  for (int i = 0; i < 16; i++) store(rows[i], x[i]);
  for (int i = 0; i < 16; i++) for (int j = 0; j < 16; j++) columns[j][i] = rows[i][j];
  for (int i = 0; i < 16; i++) x[i] = load(columns[i]);
}
