// AdamW's update of one number, and the forms in which weights and moments are kept.
#pragma once
#include "row-norm.h"

namespace ICRL_NAMESPACE {

struct Rates {
  F16 scale, beta1, rest1, beta2, rest2, bias1, bias2, epsilon, rate, keep;
};

/** One update of sixteen numbers in float32. */
ICRL_INLINE void update_lanes(const Rates& r, F16 gradient, F16& w, F16& m, F16& v) {
  const F16 g = gradient * r.scale;
  m = fma(r.beta1, m, r.rest1 * g);
  v = fma(r.beta2, v, r.rest2 * (g * g));
  const F16 change = r.rate * ((m / r.bias1) / (sqrt(v / r.bias2) + r.epsilon));
  w = w * r.keep - change;
}

/** One update of `n` numbers in float32. */
ICRL_INLINE void update(const Rates& r, size_t n, const float* gradient, float* parameter,
                        float* first, float* second) {
  for_vectors(n, [&](size_t i, size_t lanes) {
    F16 w = load_lanes(parameter + i, lanes), m = load_lanes(first + i, lanes),
        v = load_lanes(second + i, lanes);
    update_lanes(r, load_lanes(gradient + i, lanes), w, m, v);
    store_lanes(first + i, m, lanes);
    store_lanes(second + i, v, lanes);
    store_lanes(parameter + i, w, lanes);
  });
}

/** Numbers of a moment that share a scale, and that are unpacked at once. */
constexpr size_t kMomentBlock = 256;

ICRL_INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}

ICRL_INLINE float float_of(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

/** A bijection of 32 bits that leaves none of their order (Wellons' `lowbias32`). */
ICRL_INLINE uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

/** A matrix in bf16 and the rest of its float32 masters, in rows of `stride` numbers. */
struct Split {
  uint16_t* high;
  int16_t* low;  // or null: the parameter is float32
  size_t columns, stride;

  ICRL_DEVICE size_t place(size_t i) const {
    return stride == columns ? i : i / columns * stride + i % columns;
  }
  ICRL_DEVICE float read(size_t i) const {
    const size_t at = place(i);
    return float_of((static_cast<uint32_t>(high[at]) << 16) +
                    static_cast<uint32_t>(static_cast<int32_t>(low[at])));
  }
  ICRL_DEVICE void write(size_t i, float x) const {
    const uint32_t bits = bits_of(x), upper = (bits + 0x8000u) >> 16;
    const size_t at = place(i);
    high[at] = static_cast<uint16_t>(upper);
    low[at] = static_cast<int16_t>(bits - (upper << 16));
  }
};

/**
 * A moment as it is kept: `bits` 32, 16 (bf16) or 8. With 8, number i of a block is a level k:
 * `scale · (k / 127)²` with a sign in the upper bit, or `scale · (k / 255)⁴` if none is negative.
 * Rounding is stochastic and unbiased.
 */
struct Moment {
  void* numbers;
  float* scales;
  size_t bits;

  ICRL_DEVICE float* floats() const { return static_cast<float*>(numbers); }
  ICRL_DEVICE uint16_t* halves() const { return static_cast<uint16_t*>(numbers); }
  ICRL_DEVICE uint8_t* codes() const { return static_cast<uint8_t*>(numbers); }
};

ICRL_INLINE float squared(float x) { return x * x; }

/** Number i of a moment that is not kept in float32. */
ICRL_INLINE float unpacked(const Moment& moment, bool isSigned, size_t i) {
  if (moment.bits == 16) return float_of(static_cast<uint32_t>(moment.halves()[i]) << 16);
  const float scale = moment.scales[i / kMomentBlock];
  const uint8_t code = moment.codes()[i];
  if (!isSigned) return squared(squared(static_cast<float>(code) / 255.0f)) * scale;
  const float size = squared(static_cast<float>(code & 127) / 127.0f) * scale;
  return code & 128 ? -size : size;
}

/** The level of `x` in [0, levels²] or [0, levels⁴], rounded up with the chance that keeps it. */
ICRL_INLINE uint32_t signed_level(float x, float uniform) {
  const float level = ICRL_FLOOR(ICRL_SQRT(x)), low = level * level;
  const float share = (x - low) / (2.0f * level + 1.0f);
  const float found = uniform < share ? level + 1.0f : level;
  return static_cast<uint32_t>(found > 127.0f ? 127.0f : found);
}
ICRL_INLINE uint32_t level_of(float x, float uniform) {
  const float level = ICRL_FLOOR(ICRL_SQRT(ICRL_SQRT(x))), low = squared(squared(level)),
              high = squared(squared(level + 1.0f));
  const float found = uniform < (x - low) / (high - low) ? level + 1.0f : level;
  return static_cast<uint32_t>(found > 255.0f ? 255.0f : found);
}

/** `random`: 16 bits, in its lower half. */
ICRL_INLINE uint16_t rounded_half(float x, uint32_t random) {
  return static_cast<uint16_t>((bits_of(x) + (random & 0xffffu)) >> 16);
}

/** The code of a number whose block's largest size is `largest`. */
ICRL_INLINE uint8_t code_of(float x, float largest, bool isSigned, uint32_t random) {
  const float divisor = largest > 0.0f ? largest : 1.0f, part = ICRL_ABS(x) / divisor,
              uniform = static_cast<float>(random & 0xffffu) / 65536.0f;
  if (isSigned)
    return static_cast<uint8_t>(signed_level(part * 16129.0f, uniform) | (x < 0.0f ? 128u : 0u));
  const uint32_t code = level_of(part * 4228250625.0f, uniform);
  // A second moment of zero would let its first one move the weight without bound.
  return static_cast<uint8_t>(code == 0 && x > 0.0f ? 1 : code);
}

}  // namespace ICRL_NAMESPACE
