#include "row-norm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

namespace {

struct Rates {
  F16 scale, beta1, rest1, beta2, rest2, bias1, bias2, epsilon, rate, keep;
};

/** One update of `n` numbers in float32. */
ICRL_INLINE void update(const Rates& r, size_t n, const float* gradient, float* parameter,
                        float* first, float* second) {
  for_vectors(n, [&](size_t i, size_t lanes) {
    const F16 g = load_lanes(gradient + i, lanes) * r.scale;
    const F16 m = fma(r.beta1, load_lanes(first + i, lanes), r.rest1 * g);
    const F16 v = fma(r.beta2, load_lanes(second + i, lanes), r.rest2 * (g * g));
    const F16 change = r.rate * ((m / r.bias1) / (sqrt(v / r.bias2) + r.epsilon));
    store_lanes(first + i, m, lanes);
    store_lanes(second + i, v, lanes);
    store_lanes(parameter + i, load_lanes(parameter + i, lanes) * r.keep - change, lanes);
  });
}

/** Numbers of a moment that share a scale, and that are unpacked at once. */
constexpr size_t kMomentBlock = 256;

uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}

float float_of(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

/** A bijection of 32 bits that leaves none of their order (Wellons' `lowbias32`). */
uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

/** A matrix in bf16 and the rest of its float32 masters, in rows of `stride` numbers. */
struct Split {
  uint16_t* high;
  int16_t* low;  // or null: the parameter is float32
  size_t columns, stride;

  size_t place(size_t i) const {
    return stride == columns ? i : i / columns * stride + i % columns;
  }
  float read(size_t i) const {
    const size_t at = place(i);
    return float_of((static_cast<uint32_t>(high[at]) << 16) +
                    static_cast<uint32_t>(static_cast<int32_t>(low[at])));
  }
  void write(size_t i, float x) const {
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

  float* floats() const { return static_cast<float*>(numbers); }
  uint16_t* halves() const { return static_cast<uint16_t*>(numbers); }
  uint8_t* codes() const { return static_cast<uint8_t*>(numbers); }
};

ICRL_INLINE float squared(float x) { return x * x; }

void unpack(const Moment& moment, bool isSigned, size_t start, size_t n, float* to) {
  if (moment.bits == 16) {
    for (size_t i = 0; i < n; i++)
      to[i] = float_of(static_cast<uint32_t>(moment.halves()[start + i]) << 16);
    return;
  }
  const float scale = moment.scales[start / kMomentBlock];
  for (size_t i = 0; i < n; i++) {
    const uint8_t code = moment.codes()[start + i];
    if (isSigned) {
      const float size = squared(static_cast<float>(code & 127) / 127.0f) * scale;
      to[i] = code & 128 ? -size : size;
    } else to[i] = squared(squared(static_cast<float>(code) / 255.0f)) * scale;
  }
}

/** The level of `x` in [0, levels²] or [0, levels⁴], rounded up with the chance that keeps it. */
ICRL_INLINE uint32_t signed_level(float x, float uniform) {
  const float level = __builtin_floorf(__builtin_sqrtf(x)), low = level * level;
  const float share = (x - low) / (2.0f * level + 1.0f);
  const float found = uniform < share ? level + 1.0f : level;
  return static_cast<uint32_t>(found > 127.0f ? 127.0f : found);
}
ICRL_INLINE uint32_t level_of(float x, float uniform) {
  const float level = __builtin_floorf(__builtin_sqrtf(__builtin_sqrtf(x))),
              low = squared(squared(level)), high = squared(squared(level + 1.0f));
  const float found = uniform < (x - low) / (high - low) ? level + 1.0f : level;
  return static_cast<uint32_t>(found > 255.0f ? 255.0f : found);
}

/** `random`: 16 bits for each number, in its lower half. */
void pack(const Moment& moment, bool isSigned, size_t start, size_t n, const float* from,
          const uint32_t* random) {
  if (moment.bits == 16) {
    for (size_t i = 0; i < n; i++)
      moment.halves()[start + i] =
          static_cast<uint16_t>((bits_of(from[i]) + (random[i] & 0xffffu)) >> 16);
    return;
  }
  float largest = 0.0f;
  for (size_t i = 0; i < n; i++) {
    const float size = __builtin_fabsf(from[i]);
    largest = size > largest ? size : largest;
  }
  moment.scales[start / kMomentBlock] = largest;
  const float divisor = largest > 0.0f ? largest : 1.0f;
  for (size_t i = 0; i < n; i++) {
    const float uniform = static_cast<float>(random[i] & 0xffffu) / 65536.0f,
                part = __builtin_fabsf(from[i]) / divisor;
    uint32_t code;
    if (isSigned) code = signed_level(part * 16129.0f, uniform) | (from[i] < 0.0f ? 128u : 0u);
    else {
      code = level_of(part * 4228250625.0f, uniform);
      // A second moment of zero would let its first one move the weight without bound.
      if (code == 0 && from[i] > 0.0f) code = 1;
    }
    moment.codes()[start + i] = static_cast<uint8_t>(code);
  }
}

/** An update of what is not all float32, a block at a time. */
void update_packed(const Rates& rates, size_t start, size_t n, const float* gradient,
                   float* parameter, const Split& split, const Moment& first, const Moment& second,
                   uint32_t key) {
  float weights[kMomentBlock], one[kMomentBlock], two[kMomentBlock];
  const bool kept = first.bits == 32;
  float *w = split.low ? weights : parameter + start, *m = kept ? first.floats() + start : one,
        *v = kept ? second.floats() + start : two;
  if (split.low)
    for (size_t i = 0; i < n; i++) w[i] = split.read(start + i);
  if (!kept) {
    unpack(first, true, start, n, m);
    unpack(second, false, start, n, v);
  }
  update(rates, n, gradient + start, w, m, v);
  if (split.low)
    for (size_t i = 0; i < n; i++) split.write(start + i, w[i]);
  if (kept) return;
  uint32_t random[kMomentBlock];
  for (size_t i = 0; i < n; i++) random[i] = mix(key + static_cast<uint32_t>(start + i));
  pack(first, true, start, n, m, random);
  for (size_t i = 0; i < n; i++) random[i] >>= 16;
  pack(second, false, start, n, v, random);
}

}  // namespace

/**
 * parameter, first moment, second moment, gradient, elements, gradientScale, β₁, 1 − β₁, β₂, 1 −
 * β₂, 1 − β₁ᵗ, 1 − β₂ᵗ, ε, η, 1 − ηλ (the differences are taken in double precision by the caller);
 * the lower parts of a parameter in bf16 (0: it is float32), its columns and bfloats per row; bits
 * of a number of the moments, scales of both (0: none), key of the rounding at this step.
 */
void adamW(const Args& args) {
  float* parameter = args.floats(0);
  const float* gradient = args.floats(3);
  const Rates rates{set1(args.real(5)),  set1(args.real(6)),  set1(args.real(7)),
                    set1(args.real(8)),  set1(args.real(9)),  set1(args.real(10)),
                    set1(args.real(11)), set1(args.real(12)), set1(args.real(13)),
                    set1(args.real(14))};
  const Split split{args.pointer<uint16_t>(0), args.pointer<int16_t>(15), args.size(16),
                    args.size(17)};
  const Moment first{args.pointer<void>(1), args.floats(19), args.size(18)},
      second{args.pointer<void>(2), args.floats(20), args.size(18)};
  const uint32_t key = static_cast<uint32_t>(args.size(21));
  const bool plain = !split.low && first.bits == 32;
  parallel_ranges(args.size(4), 1024, plain ? 8 : 24, [&](size_t start, size_t end) {
    if (plain) {
      update(rates, end - start, gradient + start, parameter + start, first.floats() + start,
             second.floats() + start);
      return;
    }
    for (size_t at = start; at < end; at += kMomentBlock)
      update_packed(rates, at, end - at < kMomentBlock ? end - at : kMomentBlock, gradient,
                    parameter, split, first, second, key);
  });
}

}  // namespace ICRL_NAMESPACE
