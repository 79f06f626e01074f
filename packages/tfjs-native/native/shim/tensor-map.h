// What a tensor map says, in the model of a GPU.
#pragma once
#include <cstring>

#include "../cuda/kernels.h"

namespace shim {

/** Rows of bf16; boxes of 64 columns, swizzled. */
struct TensorFacts {
  const uint16_t* data;
  size_t rows, columns, stride, box;
};

inline TensorMap map_of(const TensorFacts& facts) {
  TensorMap map{};
  std::memcpy(map.bytes, &facts, sizeof facts);
  return map;
}
inline TensorFacts facts_of(const TensorMap& map) {
  TensorFacts facts;
  std::memcpy(&facts, map.bytes, sizeof facts);
  return facts;
}

}  // namespace shim
