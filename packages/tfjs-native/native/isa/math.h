// exp and log by polynomials of our own: the same operations in the same order on every instruction
// set.
#pragma once
#include "vector.h"

namespace ICRL_NAMESPACE {

/** 2^n for n in [−126, 127] as a float, from n as an integer. */
ICRL_INLINE F16 power_of_two(I16 n) { return as_float(shift_left<23>(n + set1_int(127))); }

/**
 * eˣ, within one unit in the last place: x = n·ln 2 + r, |r| ≤ ln 2 / 2, then a polynomial in r and
 * a scaling in two steps, so that subnormal results round once. −∞ gives 0, +∞ gives +∞, NaN gives
 * NaN.
 */
ICRL_INLINE F16 exp(F16 x) {
  const F16 magic = set1(12582912.0f);  // 1.5 · 2^23: adding it rounds to the nearest integer
  // The constants come second: min and max then return them for a NaN in x, which is put back at
  // the end.
  const F16 bounded = min(max(x, set1(-104.0f)), set1(89.0f));
  const F16 shifted = fma(bounded, set1(1.44269504088896341f), magic);
  const F16 n = shifted - magic;
  F16 r = fma(n, set1(-0.693359375f), bounded);
  r = fma(n, set1(2.12194440054690583e-4f), r);
  F16 p = set1(1.9875691500e-4f);
  p = fma(p, r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  p = fma(p, r * r, r) + set1(1.0f);
  const I16 exponent = as_int(shifted) - as_int(magic);
  const I16 half = shift_right<1>(exponent);
  const F16 y = p * power_of_two(half) * power_of_two(exponent - half);
  return select(not_equal(x, x), x, y);
}

/** ln x, within two units in the last place: ln 0 = −∞, NaN below 0, ln ∞ = ∞. */
ICRL_INLINE F16 log(F16 x) {
  const F16 one = set1(1.0f);
  const M16 tiny = less(x, set1(1.17549435e-38f));
  const F16 scaled = select(tiny, x * set1(8388608.0f), x);
  I16 bits = as_int(scaled);
  // Shifts the split of mantissa and exponent to √½ … √2.
  const I16 biased = bits + set1_int(0x3f800000 - 0x3f3504f3);
  I16 exponent = shift_right<23>(biased) - set1_int(127);
  const F16 m = as_float((biased & set1_int(0x007fffff)) + set1_int(0x3f3504f3)) - one;
  const F16 e = to_float(exponent) - select(tiny, set1(23.0f), zero());
  F16 p = set1(7.0376836292e-2f);
  p = fma(p, m, set1(-1.1514610310e-1f));
  p = fma(p, m, set1(1.1676998740e-1f));
  p = fma(p, m, set1(-1.2420140846e-1f));
  p = fma(p, m, set1(1.4249322787e-1f));
  p = fma(p, m, set1(-1.6668057665e-1f));
  p = fma(p, m, set1(2.0000714765e-1f));
  p = fma(p, m, set1(-2.4999993993e-1f));
  p = fma(p, m, set1(3.3333331174e-1f));
  const F16 square = m * m;
  F16 y = p * m * square;
  y = fma(e, set1(-2.12194440e-4f), y);
  y = fma(set1(-0.5f), square, y);
  y = fma(e, set1(0.693359375f), m + y);
  y = select(less(x, set1(__builtin_inff())), y, x);
  y = select(equal(x, zero()), set1(-__builtin_inff()), y);
  return select(less(x, zero()), set1(__builtin_nanf("")), y);
}

/** 1 / (1 + e⁻ˣ) */
ICRL_INLINE F16 sigmoid(F16 x) { return set1(1.0f) / (set1(1.0f) + exp(zero() - x)); }

#if ICRL_ISA == ICRL_ISA_CUDA
ICRL_INLINE float exp(float x) { return exp(set1(x)).v; }
ICRL_INLINE float log(float x) { return log(set1(x)).v; }
#else
ICRL_INLINE float exp(float x) { return lane_of(exp(set1(x)), 0); }
ICRL_INLINE float log(float x) { return lane_of(log(set1(x)), 0); }
#endif

/** Σ of `n` floats: lane i adds elements i, i + 16, …, then the tree. */
ICRL_INLINE float sum_row(const float* x, size_t n) {
  F16 total = zero();
  size_t i = 0;
  for (; i + 16 <= n; i += 16) total = total + load(x + i);
  if (i < n) total = total + load_n(x + i, n - i);
  return sum(total);
}

}  // namespace ICRL_NAMESPACE
