// The kernels: a line names one and its arguments, in the order in which they lie in memory. It is
// the description for JavaScript (src/op-arguments.ts is made of this file), for the kernels of a
// processor and for those of a GPU. A kernel is `void NAME(const Args&)`, once per instruction set,
// and reads an argument by its name in `NAME_args`. Adding one is a line here, the function, and
// `node scripts/describe-ops.mjs`.
#pragma once
#include <cstddef>
#include <cstdint>

// clang-format off
#define ICRL_OPS(X) \
  X(matMul, a, b, c, batch, m, n, k, transposeA, transposeB, aNext, bNext) \
  X(rmsNorm, x, gain, y, rows, width, epsilon) \
  X(rmsNormGrad, dy, x, gain, dx, dgain, rows, width, epsilon) \
  X(rotary, x, positions, gain, y, rows, heads, headDim, epsilon, inverseFrequencies) \
  X(rotaryGrad, dy, x, positions, gain, dx, dgain, rows, heads, headDim, epsilon, \
    inverseFrequencies) \
  X(swiGlu, gate, up, y, elements) \
  X(swiGluGrad, dy, gate, up, dgate, dup, elements) \
  X(packedAttention, q, k, v, out, logsumexp, heads, keyValueHeads, headDim, scale, starts, \
    prefix, segments) \
  X(packedAttentionGrad, dOut, q, k, v, out, logsumexp, dq, dk, dv, heads, keyValueHeads, \
    headDim, scale, starts, prefix, segments) \
  X(qkvProjection, x, positions, norm, queryNorm, keyNorm, query, key, value, rotatedQuery, \
    rotatedKey, rows, width, heads, keyValueHeads, headDim, epsilon, inverseFrequencies, \
    layers) \
  X(qkvProjectionGrad, drotatedQuery, drotatedKey, dvalue, dresidual, x, query, key, positions, \
    norm, queryNorm, keyNorm, dx, normed, dquery, dkey, dnorm, dqueryNorm, dkeyNorm, rows, \
    width, heads, keyValueHeads, headDim, epsilon, inverseFrequencies, layers) \
  X(outputAndMlp, attended, residual, norm, middle, gate, up, y, rows, width, attendedWidth, \
    hidden, epsilon, layers) \
  X(outputAndMlpGrad, dy, middle, gate, up, norm, dmiddle, dattended, activated, normed, dgate, \
    dup, dnorm, rows, width, attendedWidth, hidden, epsilon, layers) \
  X(decodeAttention, q, k, v, slabs, slabCount, bf16, out, tokens, heads, keyValueHeads, \
    headDim, scale, pages, tableStarts, lengths) \
  X(decodeTokens, embedding, norm, head, headPanels, blocks, layers, sequences, steps, \
    slabCount, bf16, width, hidden, vocabulary, heads, keyValueHeads, headDim, scale, epsilon, \
    inverseFrequencies, positions, pages, tableStarts, lengths, newest, limits, temperatures, \
    uniforms, topK, topP, stops, stopStarts, ids, logprobs, counts, embeddingStride, \
    headStride) \
  X(weightPanels, weight, panels, n, k, stride) \
  X(tokenLogProbability, hidden, weight, targets, logprobs, logsumexp, entropy, rows, width, \
    vocabulary, temperatures, entropyWanted, stride) \
  X(tokenLogProbabilityGrad, dlogprobs, dentropy, hidden, weight, targets, logsumexp, entropy, \
    dhidden, dweight, rows, width, vocabulary, temperatures, adds, stride) \
  X(sampleToken, hidden, weight, ids, logprobs, rows, width, vocabulary, temperatures, \
    uniforms, topK, topP, stride, panels) \
  X(embeddingGrad, dy, ids, dweight, count, rows, width) \
  X(addEmbeddingGrad, sum, dy, ids, count, rows, width) \
  X(addWeightGrad, sum, dy, x, rows, out, in) \
  X(adamW, parameter, first, second, gradient, elements, gradientScale, beta1, rest1, beta2, \
    rest2, bias1, bias2, epsilon, rate, keep, low, columns, stride, momentBits, firstScales, \
    secondScales, roundingKey) \
  X(writeCache, key, value, slabs, slabCount, bf16, sources, pages, rows, count, width) \
  X(matMulBf16, x, weight, y, m, n, k, stride) \
  X(gatherBf16, weight, ids, y, count, width, stride) \
  X(toBf16, x, y, rows, width) \
  X(fromBf16, x, y, rows, width) \
  X(storedFloats, bytes, type, target, toBf16, from, count, columns, block, bad) \
  X(unary, op, x, y, elements, p, q) \
  X(binary, op, a, b, y, rank, shape, aStrides, bStrides) \
  X(selectWhere, condition, yes, no, y, elements, each) \
  X(reduceRows, op, x, y, rows, width) \
  X(reduceColumns, op, x, y, outer, count, inner) \
  X(softmaxRows, x, y, rows, width) \
  X(gatherRows, x, indices, y, outer, rows, count, inner) \
  X(copyBlocks, from, to, rank, shape, fromStrides, toStrides, bytes) \
  X(transpose, from, to, rank, shape, fromStrides, bytes) \
  X(fill, to, bits, elements, bytes) \
  X(cast, from, to, elements, fromType, toType) \
  X(peakFma, out, rounds) \
  X(copyBandwidth, from, to, elements)

/** Groups of numbers that an argument of a kernel points to. */
#define ICRL_RECORDS(X) \
  X(layer, weight, stride, panels, bias, adapterA, adapterB, panelsA, panelsB, rank, scale) \
  X(slab, keys, values, first) \
  X(decoderBlock, slabs, attentionNorm, queryNorm, keyNorm, feedForwardNorm, layers)
// clang-format on

#define ICRL_DESCRIBE(name, ...)                \
  struct name##_args {                          \
    enum : int { __VA_ARGS__, argument_count }; \
  };
ICRL_OPS(ICRL_DESCRIBE)
ICRL_RECORDS(ICRL_DESCRIBE)
#undef ICRL_DESCRIBE

/** What JavaScript passed, in order: numbers, and addresses as numbers; 0 is the address of none.
 */
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
  /** Record `n` of those that argument i points to, each of `count` numbers. */
  Args record(int i, int n, int count) const { return {pointer<const double>(i) + n * count}; }
};

/** A slab of a cache, and which of its pages. */
struct PageOfSlab {
  Args slab;
  size_t page;
};

/** Where page `number` is: the numbers count through the slabs of `records`. */
inline PageOfSlab page_of_slab(const double* records, size_t count, int32_t number) {
  using A = slab_args;
  Args slab{records};
  for (size_t s = 1; s < count; s++) {
    const Args next{records + s * A::argument_count};
    if (next.number(A::first) > number) break;
    slab = next;
  }
  return {slab, static_cast<size_t>(number) - slab.size(A::first)};
}

using Op = void (*)(const Args&);

enum OpIndex {
#define ICRL_ENUM(name, ...) op_##name,
  ICRL_OPS(ICRL_ENUM)
#undef ICRL_ENUM
      op_count
};

struct OpTable {
  Op ops[op_count];
};
