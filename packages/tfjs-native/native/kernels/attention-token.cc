// Attention of the newest token of a sequence to its cache. There are few queries per key head, so
// keys are transposed as they are read. All heads of a token run side by side, so that none waits
// for another's sums. The bits are those of `attend`.
#include "attention.h"
#include "running-softmax.h"

#include "../isa/transpose.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

/** Vectors of a cache row whose sums are in registers at once. */
#if ICRL_ISA == ICRL_ISA_AVX512
constexpr size_t kVectorsAtOnce = 4;
#else
constexpr size_t kVectorsAtOnce = 2;
#endif
/** Queries per key head up to which this way is the faster one. */
constexpr size_t kFewQueries = 4;

/**
 * One token: its queries `[heads][width]`, and `count` keys and values, one every `stride` floats.
 */
struct Token {
  const float *q, *keys, *values;
  size_t count, stride, width;
  float scale;
  float* out;

  size_t groups() const { return stride / width; }
};

/** What the heads of a token hold between blocks of keys. */
struct Heads {
  float* weights;      // [heads][kKeyBlock]
  float* sums;         // [heads][width]
  float* corrections;  // [heads]
  Running* running;    // [heads]
};

Heads heads_memory(size_t heads, size_t width) {
  float* memory = scratch(scratch_rows, heads * (kKeyBlock + width + 3));
  float* sums = memory + heads * kKeyBlock;
  float* corrections = sums + heads * width;
  return {memory, sums, corrections, reinterpret_cast<Running*>(corrections + heads)};
}

/**
 * `scores[head][j] = q[head] · key j` of sixteen keys or fewer of one group; products in ascending
 * order through one accumulator.
 */
template <size_t Each, bool Whole>
ICRL_INLINE void score_sixteen(const float* q, const float* keys, size_t lanes, size_t stride,
                               size_t width, float* scores) {
  F16 sums[Each];
  for (size_t r = 0; r < Each; r++) sums[r] = zero();
  for (size_t i = 0; i < width; i += 16) {
    F16 x[16];
#pragma GCC unroll 16
    for (size_t k = 0; k < 16; k++)
      x[k] = Whole || k < lanes ? load(keys + k * stride + i) : zero();
    transpose_lanes(x);
#pragma GCC unroll 16
    for (int k = 0; k < 16; k++)
      for (size_t r = 0; r < Each; r++) sums[r] = fma(set1(q[r * width + i + k]), x[k], sums[r]);
  }
  for (size_t r = 0; r < Each; r++) store(scores + r * kKeyBlock, sums[r]);
}

/** Scores of `count` keys from `j0`. */
template <size_t Each>
void score_block(const Token& t, size_t j0, size_t count, float* scores) {
  for (size_t j = 0; j < count; j += 16)
    for (size_t group = 0; group < t.groups(); group++) {
      const float *q = t.q + group * Each * t.width,
                  *keys = t.keys + (j0 + j) * t.stride + group * t.width;
      float* to = scores + group * Each * kKeyBlock + j;
      if (count - j >= 16) score_sixteen<Each, true>(q, keys, 16, t.stride, t.width, to);
      else score_sixteen<Each, false>(q, keys, count - j, t.stride, t.width, to);
    }
}

/**
 * Vectors [first, first + Vectors) of the row: adds `count` weighted values from `j0`; `PerGroup`
 * vectors in a row have the same weights.
 */
template <size_t Each, size_t Vectors, size_t PerGroup>
ICRL_INLINE void add_values(const Token& t, const Heads& heads, size_t j0, size_t count,
                            size_t first, bool last) {
  F16 acc[Vectors][Each];
  const float* weights[Vectors / PerGroup];
  size_t head[Vectors], at[Vectors];
  for (size_t v = 0; v < Vectors; v++) {
    const size_t column = (first + v) * 16, group = column / t.width;
    head[v] = group * Each;
    at[v] = head[v] * t.width + column % t.width;
    if (v % PerGroup == 0) weights[v / PerGroup] = heads.weights + head[v] * kKeyBlock;
    for (size_t r = 0; r < Each; r++)
      acc[v][r] =
          j0 == 0 ? zero()
                  : load(heads.sums + at[v] + r * t.width) * set1(heads.corrections[head[v] + r]);
  }
  const float* row = t.values + j0 * t.stride + first * 16;
  for (size_t j = 0; j < count; j++, row += t.stride) {
#pragma GCC unroll 4
    for (size_t g = 0; g < Vectors / PerGroup; g++) {
      F16 factor[Each];
#pragma GCC unroll 4
      for (size_t r = 0; r < Each; r++) factor[r] = set1(weights[g][r * kKeyBlock + j]);
#pragma GCC unroll 4
      for (size_t p = 0; p < PerGroup; p++) {
        const F16 value = load(row + (g * PerGroup + p) * 16);
#pragma GCC unroll 4
        for (size_t r = 0; r < Each; r++)
          acc[g * PerGroup + p][r] = fma(factor[r], value, acc[g * PerGroup + p][r]);
      }
    }
  }
  for (size_t v = 0; v < Vectors; v++)
    for (size_t r = 0; r < Each; r++) {
      if (last) store(t.out + at[v] + r * t.width, finished(acc[v][r], heads.running[head[v] + r]));
      else store(heads.sums + at[v] + r * t.width, acc[v][r]);
    }
}

template <size_t Each, size_t PerGroup>
void add_block(const Token& t, const Heads& heads, size_t j0, size_t count, bool last) {
  const size_t vectors = t.stride / 16;
  size_t v = 0;
  for (; v + kVectorsAtOnce <= vectors; v += kVectorsAtOnce)
    add_values<Each, kVectorsAtOnce, PerGroup>(t, heads, j0, count, v, last);
  for (; v < vectors; v += PerGroup)
    add_values<Each, PerGroup, PerGroup>(t, heads, j0, count, v, last);
}

template <size_t Each>
void attend_few(const Token& t) {
  const size_t count = t.groups() * Each, perGroup = t.width / 16;
  const Heads heads = heads_memory(count, t.width);
  for (size_t h = 0; h < count; h++) heads.running[h] = {};
  for (size_t j0 = 0; j0 < t.count; j0 += kKeyBlock) {
    const size_t keys = smaller(kKeyBlock, t.count - j0);
    const bool last = j0 + keys == t.count;
    score_block<Each>(t, j0, keys, heads.weights);
    for (size_t h = 0; h < count; h++)
      heads.corrections[h] =
          absorb(heads.weights + h * kKeyBlock, keys, keys, t.scale, heads.running[h]);
    if (perGroup % kVectorsAtOnce == 0) add_block<Each, kVectorsAtOnce>(t, heads, j0, keys, last);
    else if (perGroup % 2 == 0) add_block<Each, 2>(t, heads, j0, keys, last);
    else add_block<Each, 1>(t, heads, j0, keys, last);
  }
}

/** Any number of queries, any width: each group's keys as columns. */
void attend_group_by_group(const Token& t, size_t each) {
  float* columns = scratch(scratch_keys, columns_size(t.count, t.width));
  for (size_t group = 0; group < t.groups(); group++) {
    put_columns(t.keys + group * t.width, t.stride, t.count, t.width, 0, columns);
    const size_t at = group * each * t.width;
    attend({t.q + at, t.width, each, t.count, 0, t.out + at, t.width, nullptr, 0},
           {t.width, columns, t.values + group * t.width, t.stride}, t.scale);
  }
}

/**
 * Prefetches memory that is read soon: the rows of the key and value caches are seldom in the
 * processor's.
 */
ICRL_INLINE void prefetch(const float* from, size_t count) {
  for (size_t i = 0; i < count; i += 16) __builtin_prefetch(from + i, 0, 2);
}

}  // namespace

void attend_token(const float* q, const float* k, const float* v, const Caches& caches, size_t slot,
                  size_t length, const Shape& shape, float* out) {
  const size_t each = shape.heads / shape.groups, stride = shape.groups * shape.width;
  float *keys = caches.keys + slot * caches.capacity * stride,
        *values = caches.values + slot * caches.capacity * stride;
  __builtin_memcpy(keys + length * stride, k, stride * sizeof(float));
  __builtin_memcpy(values + length * stride, v, stride * sizeof(float));
  const Token token{q, keys, values, length + 1, stride, shape.width, shape.scale, out};
  if (shape.width % 16 != 0 || each > kFewQueries) return attend_group_by_group(token, each);
  switch (each) {
    case 1:
      return attend_few<1>(token);
    case 2:
      return attend_few<2>(token);
    case 3:
      return attend_few<3>(token);
    default:
      return attend_few<4>(token);
  }
}

void expect_token(const Caches& caches, size_t slot, size_t length, const Shape& shape) {
  const size_t stride = shape.groups * shape.width, start = slot * caches.capacity * stride;
  prefetch(caches.keys + start, length * stride);
  prefetch(caches.values + start, length * stride);
}

/**
 * q, k, v, key cache, value cache, out, N, capacity, heads, key/value heads, headDim, scale, slots,
 * lengths.
 */
void decodeAttention(const Args& args) {
  using A = decodeAttention_args;
  const float *q = args.floats(A::q), *k = args.floats(A::k), *v = args.floats(A::v);
  const Caches caches{args.floats(A::keyCache), args.floats(A::valueCache), args.size(A::capacity)};
  float* out = args.floats(A::out);
  const size_t tokens = args.size(A::tokens);
  const Shape shape{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim),
                    args.real(A::scale)};
  const int32_t *slots = args.ints(A::slots), *lengths = args.ints(A::lengths);
  const size_t qStride = shape.heads * shape.width, kStride = shape.groups * shape.width;
  const auto slot = [&](size_t i) { return static_cast<size_t>(slots[i]); };
  const auto length = [&](size_t i) { return static_cast<size_t>(lengths[i]); };
  parallel_ranges(tokens, 1, token_work(lengths, tokens, shape), [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++) {
      if (i + 1 < end) expect_token(caches, slot(i + 1), length(i + 1), shape);
      attend_token(q + i * qStride, k + i * kStride, v + i * kStride, caches, slot(i), length(i),
                   shape, out + i * qStride);
    }
  });
}

}  // namespace ICRL_NAMESPACE
