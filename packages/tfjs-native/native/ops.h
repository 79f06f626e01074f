// The kernels, one name each: the file of that family defines `void NAME(const Args&)` once per
// instruction set, and JavaScript calls it under the same name. Adding a kernel is a line here and
// the function.
#pragma once
#include <cstddef>
#include <cstdint>

// clang-format off
#define ICRL_OPS(X) \
  X(matMul) \
  X(rmsNorm) \
  X(rmsNormGrad) \
  X(rotary) \
  X(rotaryGrad) \
  X(swiGlu) \
  X(swiGluGrad) \
  X(packedAttention) \
  X(packedAttentionGrad) \
  X(qkvProjection) \
  X(qkvProjectionGrad) \
  X(outputAndMlp) \
  X(outputAndMlpGrad) \
  X(decodeAttention) \
  X(decodeTokens) \
  X(weightPanels) \
  X(tokenLogProbability) \
  X(tokenLogProbabilityGrad) \
  X(sampleToken) \
  X(embeddingGrad) \
  X(addEmbeddingGrad) \
  X(addWeightGrad) \
  X(adamW) \
  X(writeCache) \
  X(matMulBf16) \
  X(gatherBf16) \
  X(storedFloats) \
  X(unary) \
  X(binary) \
  X(selectWhere) \
  X(reduceRows) \
  X(reduceColumns) \
  X(softmaxRows) \
  X(gatherRows) \
  X(copyBlocks) \
  X(transpose) \
  X(peakFma) \
  X(copyBandwidth)
// clang-format on

/** What JavaScript passed, in order: numbers, and addresses of typed arrays as numbers. */
struct Args {
  const double* values;

  double number(int i) const { return values[i]; }
  float real(int i) const { return static_cast<float>(values[i]); }
  bool flag(int i) const { return values[i] != 0; }
  size_t size(int i) const { return static_cast<size_t>(values[i]); }
  template <typename T>
  T* pointer(int i) const {
    return reinterpret_cast<T*>(static_cast<uintptr_t>(values[i]));
  }
  float* floats(int i) const { return pointer<float>(i); }
  const int32_t* ints(int i) const { return pointer<const int32_t>(i); }
};

using Op = void (*)(const Args&);

enum OpIndex {
#define ICRL_ENUM(name) op_##name,
  ICRL_OPS(ICRL_ENUM)
#undef ICRL_ENUM
      op_count
};

struct OpTable {
  Op ops[op_count];
};
