// What one step of Hopper's tensor cores does to one output: bf16 products and a float32 sum are
// aligned to the largest exponent among them, cut to 25 fractional bits, added exactly, and the
// total is cut to float32. The model of Xie et al. 2025 (arXiv 2511.10909), for finite numbers.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

namespace tensor_core {

/** significand · 2^(exponent − fraction bits of its kind); 0 and subnormals have exponent −126. */
struct Part {
  int64_t significand;
  int exponent;
};

inline Part of_bf16(uint16_t x) {
  const int field = x >> 7 & 0xff, fraction = x & 0x7f;
  const int size = field == 0 ? fraction : fraction | 0x80;
  return {x & 0x8000 ? -size : size, field == 0 ? -126 : field - 127};
}

inline Part of_float(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  const int field = static_cast<int>(bits >> 23 & 0xff);
  const int32_t fraction = static_cast<int32_t>(bits & 0x7fffff);
  const int32_t size = field == 0 ? fraction : fraction | 0x800000;
  return {bits >> 31 ? -size : size, field == 0 ? -126 : field - 127};
}

/** Fractional bits of a float, of a product of two bf16s, and of what is added. */
constexpr int kFloatBits = 23, kProductBits = 14, kSumBits = 25;

/** A part in units of 2^(top − kSumBits), cut towards zero. */
inline int64_t aligned(const Part& part, int bits, int top) {
  const int left = kSumBits - bits + part.exponent - top;
  const int64_t size = part.significand < 0 ? -part.significand : part.significand;
  const int64_t shifted = left >= 0 ? size << left : left > -63 ? size >> -left : 0;
  return part.significand < 0 ? -shifted : shifted;
}

/** total · 2^exponent, cut to a float. */
inline float cut(int64_t total, int exponent) {
  if (total == 0) return 0.0f;
  uint64_t size = static_cast<uint64_t>(total < 0 ? -total : total);
  int extra = 64 - __builtin_clzll(size) - 24;
  if (exponent + extra < -149) extra = -149 - exponent;
  if (extra > 0) {
    size >>= extra;
    exponent += extra;
  }
  const float result = std::ldexp(static_cast<float>(size), exponent);
  return total < 0 ? -result : result;
}

/** c + Σ a[i] · b[i] of sixteen. */
inline float step(const uint16_t* a, const uint16_t* b, float c) {
  const Part sum = of_float(c);
  Part products[16];
  int top = sum.exponent;
  for (int i = 0; i < 16; i++) {
    const Part x = of_bf16(a[i]), y = of_bf16(b[i]);
    products[i] = {x.significand * y.significand, x.exponent + y.exponent};
    if (products[i].exponent > top) top = products[i].exponent;
  }
  int64_t total = aligned(sum, kFloatBits, top);
  for (const Part& product : products) total += aligned(product, kProductBits, top);
  return cut(total, top - kSumBits);
}

}  // namespace tensor_core
