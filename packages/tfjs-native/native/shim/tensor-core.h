// What one step of the tensor cores does to one output: bf16 products and a float32 sum are aligned
// to the largest exponent among them, cut to some fractional bits, added exactly, and the total is
// cut to float32. The model of Xie et al. 2025 (arXiv 2511.10909). How many products a step takes,
// and how many bits it keeps, is the generation's.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "observed.h"

namespace tensor_core {

/** Products that are added at once, and the fractional bits that are kept of them. */
struct Rule {
  int products, bits;
};
/** From sm_90 on, and before. */
constexpr Rule kHopper{16, 25}, kAmpere{8, 24};

inline Rule rule_of(const std::string& architecture) {
  return architecture.rfind("sm_8", 0) == 0 ? kAmpere : kHopper;
}

/**
 * significand · 2^(exponent − fraction bits of its kind); 0 and subnormals have exponent −126,
 * infinities and NaNs 128.
 */
struct Part {
  int32_t significand;
  int exponent;
};

ICRL_MODEL inline Part part_of(bool negative, int field, int32_t fraction, int32_t one) {
  const int32_t size = field == 0 ? fraction : fraction | one;
  return {negative ? -size : size, field == 0 ? -126 : field - 127};
}
ICRL_MODEL inline Part of_bf16(uint16_t x) {
  return part_of(x >> 15, x >> 7 & 0xff, x & 0x7f, 0x80);
}
ICRL_MODEL inline Part of_float(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return part_of(bits >> 31, static_cast<int>(bits >> 23 & 0xff),
                 static_cast<int32_t>(bits & 0x7fffff), 0x800000);
}

/** Fractional bits of a float and of a product of two bf16s. */
constexpr int kFloatBits = 23, kProductBits = 14;

/** A part in units of 2^(top − kept), cut towards zero. */
ICRL_MODEL inline int32_t aligned(const Part& part, int bits, int top, int kept) {
  const int left = kept - bits + part.exponent - top;
  const int32_t size = part.significand < 0 ? -part.significand : part.significand;
  const int32_t shifted = left >= 0 ? size << left : left > -31 ? size >> -left : 0;
  return part.significand < 0 ? -shifted : shifted;
}

/** total · 2^exponent, cut to a float. */
ICRL_MODEL inline float cut(int64_t total, int exponent) {
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

ICRL_MODEL inline double value_of(const Part& bf16) {
  if (bf16.exponent < 128) return std::ldexp(bf16.significand, bf16.exponent - 7);
  const int32_t size = bf16.significand < 0 ? -bf16.significand : bf16.significand;
  if (size != 0x80) return std::numeric_limits<double>::quiet_NaN();
  return bf16.significand * std::numeric_limits<double>::infinity();
}

/** What infinities and NaNs among the numbers make: an infinity, or a NaN of one kind. */
ICRL_MODEL inline float unfinished(const Part* a, const Part* b, int count, float c) {
  double total = c;
  for (int i = 0; i < count; i++) total += value_of(a[i]) * value_of(b[i]);
  if (total != total) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(total);
}

/** c + Σ a[i] · b[i] of as many products as the rule adds at once. */
ICRL_MODEL inline float add_products(const Part* a, const Part* b, float c, const Rule& rule) {
  const Part sum = of_float(c);
  int top = sum.exponent, highest = sum.exponent;
  for (int i = 0; i < rule.products; i++) {
    const int x = a[i].exponent, y = b[i].exponent;
    if (x + y > top) top = x + y;
    if (x > highest) highest = x;
    if (y > highest) highest = y;
  }
  if (highest == 128) return unfinished(a, b, rule.products, c);
  int64_t total = aligned(sum, kFloatBits, top, rule.bits);
  for (int i = 0; i < rule.products; i++)
    total += aligned({a[i].significand * b[i].significand, a[i].exponent + b[i].exponent},
                     kProductBits, top, rule.bits);
  return cut(total, top - rule.bits);
}

/** c + Σ a[i] · b[i] of sixteen: an instruction's. */
ICRL_MODEL inline float step(const Part* a, const Part* b, float c, const Rule& rule) {
  for (int i = 0; i < 16; i += rule.products) c = add_products(a + i, b + i, c, rule);
  return c;
}

}  // namespace tensor_core
