// The numbers of a file as a weight holds them, float32 or bf16.
#pragma once
#include "../isa/bfloat.h"

namespace ICRL_NAMESPACE {

enum Stored { kFloat32 = 0, kBfloat16 = 1, kFloat16 = 2 };

/** IEEE 754 binary16, as float32's bits: exact. */
ICRL_FUNCTION uint32_t widen_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t rest = half & 0x7fff;
  if (rest >= 0x7c00) return sign | 0x7f800000 | (rest & 0x3ff) << 13;
  if (rest >= 0x400) return sign | ((rest << 13) + (112u << 23));
  const float tiny = static_cast<float>(rest) * 0x1p-24f;
  uint32_t bits;
  std::memcpy(&bits, &tiny, 4);
  return sign | bits;
}

template <int type>
ICRL_FUNCTION uint32_t bits_at(const uint8_t* bytes, size_t i) {
  if constexpr (type == kFloat32) {
    uint32_t bits;
    std::memcpy(&bits, bytes + 4 * i, 4);
    return bits;
  } else {
    uint16_t half;
    std::memcpy(&half, bytes + 2 * i, 2);
    return type == kBfloat16 ? static_cast<uint32_t>(half) << 16 : widen_half(half);
  }
}

/** To the nearest bfloat, ties to even; a NaN stays one. */
ICRL_FUNCTION Bf16 rounded(uint32_t bits) {
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<Bf16>(bits >> 16 | 0x40);
  return static_cast<Bf16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

ICRL_FUNCTION bool is_finite(uint32_t bits) { return (bits & 0x7f800000) != 0x7f800000; }

/** Where numbers go: float32, or bfloats in rows of `columns` that take whole int32s. */
struct Target {
  float* floats;
  Bf16* bfloats;
  size_t from;
  size_t columns;
};

template <int type>
ICRL_FUNCTION void to_floats(const uint8_t* bytes, const Target& target, size_t start, size_t end) {
  float* to = target.floats + target.from;
  for (size_t i = start; i < end; i++) {
    const uint32_t bits = bits_at<type>(bytes, i);
    std::memcpy(to + i, &bits, 4);
  }
}

/** What pads a row is zero. */
template <int type>
ICRL_FUNCTION void to_bfloats(const uint8_t* bytes, const Target& target, size_t start,
                              size_t end) {
  const size_t columns = target.columns, stride = (columns + 1) / 2 * 2;
  size_t row = (target.from + start) / columns, column = (target.from + start) % columns;
  for (size_t i = start; i < end; i++) {
    Bf16* to = target.bfloats + row * stride;
    to[column++] = rounded(bits_at<type>(bytes, i));
    if (column < columns) continue;
    if (stride > columns) to[columns] = 0;
    column = 0;
    row++;
  }
}

/** The first number in [start, end) that is infinite or none, or −1. */
template <int type>
ICRL_FUNCTION int32_t first_bad(const uint8_t* bytes, size_t start, size_t end) {
  uint32_t found = 0;
  for (size_t i = start; i < end; i++) found |= !is_finite(bits_at<type>(bytes, i));
  if (!found) return -1;
  size_t i = start;
  while (is_finite(bits_at<type>(bytes, i))) i++;
  return static_cast<int32_t>(i);
}

}  // namespace ICRL_NAMESPACE
