// The ops of ops.h that run on a device. The others have no use there, or are made of these.
#pragma once
#include "../../ops.h"

// clang-format off
#define ICRL_GPU_OPS(X) \
  X(matMul) X(rmsNorm) X(rmsNormGrad) X(rotary) X(rotaryGrad) X(swiGlu) X(swiGluGrad) \
  X(packedAttention) X(packedAttentionGrad) X(qkvProjection) X(qkvProjectionGrad) X(outputAndMlp) \
  X(outputAndMlpGrad) X(decodeAttention) X(decodeTokens) X(tokenLogProbability) X(tokenLogProbabilityGrad) \
  X(sampleToken) X(embeddingGrad) X(addEmbeddingGrad) X(addWeightGrad) X(adamW) X(writeCache) \
  X(matMulBf16) X(gatherBf16) X(toBf16) X(fromBf16) X(storedFloats) X(unary) X(binary) X(selectWhere) X(reduceRows) \
  X(reduceColumns) X(softmaxRows) X(gatherRows) X(copyBlocks) X(transpose) X(fill) X(cast)
// clang-format on

namespace icrl_gpu {

#define ICRL_DECLARE(name) void name(const Args&);
ICRL_GPU_OPS(ICRL_DECLARE)
#undef ICRL_DECLARE

}  // namespace icrl_gpu
