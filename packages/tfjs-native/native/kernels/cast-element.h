// A number of one type as one of another, as JavaScript converts it.
#pragma once
#include "../isa/vector.h"

namespace ICRL_NAMESPACE {

enum ElementType { element_float32, element_int32, element_bool };

/** Towards zero, modulo 2^32; what is not finite gives 0. */
ICRL_INLINE int32_t to_int32(float x) {
  const float size = x < 0.0f ? -x : x;
  // From 2^62 on every float is a multiple of 2^32.
  return size < 4611686018427387904.0f
             ? static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(x)))
             : 0;
}

ICRL_INLINE int32_t to_int32(int32_t x) { return x; }
ICRL_INLINE int32_t to_int32(uint8_t x) { return x; }

template <typename T>
ICRL_INLINE void put_element(T x, void* to, size_t type, size_t i) {
  if (type == element_float32) static_cast<float*>(to)[i] = static_cast<float>(x);
  else if (type == element_int32) static_cast<int32_t*>(to)[i] = to_int32(x);
  else static_cast<uint8_t*>(to)[i] = x == x && x != T{0};
}

/** Element i of `from` into that of `to`. */
ICRL_INLINE void cast_element(const void* from, size_t fromType, void* to, size_t toType,
                              size_t i) {
  if (fromType == element_float32) put_element(static_cast<const float*>(from)[i], to, toType, i);
  else if (fromType == element_int32)
    put_element(static_cast<const int32_t*>(from)[i], to, toType, i);
  else put_element(static_cast<const uint8_t*>(from)[i], to, toType, i);
}

}  // namespace ICRL_NAMESPACE
