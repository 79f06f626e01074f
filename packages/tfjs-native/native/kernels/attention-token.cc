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
 * One token: its queries `[heads][width]`, and `count` keys and values, one every `stride` floats
 * of the pages of `table`.
 */
struct Token {
  const float* q;
  const Caches& caches;
  const int32_t* table;
  size_t count, stride, width;
  float scale;
  float* out;

  size_t groups() const { return stride / width; }
  Page page_of(size_t position) const { return caches.page(table[position / kPageRows]); }
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

/** Scores of `count` keys of a page. */
template <size_t Each>
void score_block(const Token& t, const float* page, size_t count, float* scores) {
  for (size_t j = 0; j < count; j += 16)
    for (size_t group = 0; group < t.groups(); group++) {
      const float *q = t.q + group * Each * t.width, *keys = page + j * t.stride + group * t.width;
      float* to = scores + group * Each * kKeyBlock + j;
      if (count - j >= 16) score_sixteen<Each, true>(q, keys, 16, t.stride, t.width, to);
      else score_sixteen<Each, false>(q, keys, count - j, t.stride, t.width, to);
    }
}

/** Which block of a token's keys is at hand. */
struct BlockOfKeys {
  size_t count;
  bool first, last;
};

/**
 * Vectors [first, first + Vectors) of the row: adds the weighted values of a page; `PerGroup`
 * vectors in a row have the same weights.
 */
template <size_t Each, size_t Vectors, size_t PerGroup>
ICRL_INLINE void add_values(const Token& t, const Heads& heads, const float* page,
                            const BlockOfKeys& block, size_t first) {
  F16 acc[Vectors][Each];
  const float* weights[Vectors / PerGroup];
  size_t head[Vectors], at[Vectors];
  for (size_t v = 0; v < Vectors; v++) {
    const size_t column = (first + v) * 16, group = column / t.width;
    head[v] = group * Each;
    at[v] = head[v] * t.width + column % t.width;
    if (v % PerGroup == 0) weights[v / PerGroup] = heads.weights + head[v] * kKeyBlock;
    for (size_t r = 0; r < Each; r++)
      acc[v][r] = block.first ? zero()
                              : load(heads.sums + at[v] + r * t.width) *
                                    set1(heads.corrections[head[v] + r]);
  }
  const float* row = page + first * 16;
  for (size_t j = 0; j < block.count; j++, row += t.stride) {
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
      if (block.last)
        store(t.out + at[v] + r * t.width, finished(acc[v][r], heads.running[head[v] + r]));
      else store(heads.sums + at[v] + r * t.width, acc[v][r]);
    }
}

template <size_t Each, size_t PerGroup>
void add_block(const Token& t, const Heads& heads, const float* page, const BlockOfKeys& block) {
  const size_t vectors = t.stride / 16;
  size_t v = 0;
  for (; v + kVectorsAtOnce <= vectors; v += kVectorsAtOnce)
    add_values<Each, kVectorsAtOnce, PerGroup>(t, heads, page, block, v);
  for (; v < vectors; v += PerGroup) add_values<Each, PerGroup, PerGroup>(t, heads, page, block, v);
}

template <size_t Each>
void attend_few(const Token& t) {
  const size_t count = t.groups() * Each, perGroup = t.width / 16;
  const Heads heads = heads_memory(count, t.width);
  for (size_t h = 0; h < count; h++) heads.running[h] = {};
  for (size_t j0 = 0; j0 < t.count; j0 += kKeyBlock) {
    const size_t keys = smaller(kKeyBlock, t.count - j0);
    const BlockOfKeys block{keys, j0 == 0, j0 + keys == t.count};
    const Page page = t.page_of(j0);
    score_block<Each>(t, page.keys, keys, heads.weights);
    for (size_t h = 0; h < count; h++)
      heads.corrections[h] =
          absorb(heads.weights + h * kKeyBlock, keys, keys, t.scale, heads.running[h]);
    if (perGroup % kVectorsAtOnce == 0)
      add_block<Each, kVectorsAtOnce>(t, heads, page.values, block);
    else if (perGroup % 2 == 0) add_block<Each, 2>(t, heads, page.values, block);
    else add_block<Each, 1>(t, heads, page.values, block);
  }
}

/** Any number of queries, any width: each group's keys as columns. */
void attend_group_by_group(const Token& t, size_t each) {
  float* columns = scratch(scratch_keys, columns_size(t.count, t.width));
  const size_t pages = (t.count + kPageRows - 1) / kPageRows;
  const float** values = reinterpret_cast<const float**>(
      scratch(scratch_values, pages * sizeof(float*) / sizeof(float)));
  for (size_t group = 0; group < t.groups(); group++) {
    for (size_t p = 0; p < pages; p++) {
      const size_t at = p * kPageRows;
      const Page page = t.page_of(at);
      put_columns(page.keys + group * t.width, t.stride, smaller(kPageRows, t.count - at), t.width,
                  at, columns);
      values[p] = page.values + group * t.width;
    }
    const size_t at = group * each * t.width;
    attend({t.q + at, t.width, each, t.count, 0, t.out + at, t.width, nullptr, 0},
           {t.width, columns, nullptr, t.stride, values}, t.scale);
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

void attend_token(const float* q, const float* k, const float* v, const Caches& caches,
                  const int32_t* table, size_t length, const Shape& shape, float* out) {
  const size_t each = shape.heads / shape.groups, stride = caches.stride;
  const Token token{q, caches, table, length + 1, stride, shape.width, shape.scale, out};
  const Page page = token.page_of(length);
  const size_t at = length % kPageRows * stride;
  __builtin_memcpy(page.keys + at, k, stride * sizeof(float));
  __builtin_memcpy(page.values + at, v, stride * sizeof(float));
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

void expect_token(const Caches& caches, const int32_t* table, size_t length) {
  for (size_t at = 0; at < length; at += kPageRows) {
    const Page page = caches.page(table[at / kPageRows]);
    const size_t count = smaller(kPageRows, length - at) * caches.stride;
    prefetch(page.keys, count);
    prefetch(page.values, count);
  }
}

/** Token i's key and value go to the page of its table that row `lengths[i]` lies in. */
void decodeAttention(const Args& args) {
  using A = decodeAttention_args;
  const float *q = args.floats(A::q), *k = args.floats(A::k), *v = args.floats(A::v);
  float* out = args.floats(A::out);
  const size_t tokens = args.size(A::tokens);
  const Shape shape{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim),
                    args.real(A::scale)};
  const int32_t *pages = args.ints(A::pages), *starts = args.ints(A::tableStarts),
                *lengths = args.ints(A::lengths);
  const size_t qStride = shape.heads * shape.width, kStride = shape.groups * shape.width;
  const Caches caches{args.pointer<const double>(A::slabs), args.size(A::slabCount), kStride};
  const auto length = [&](size_t i) { return static_cast<size_t>(lengths[i]); };
  parallel_ranges(tokens, 1, token_work(lengths, tokens, shape), [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++) {
      if (i + 1 < end) expect_token(caches, pages + starts[i + 1], length(i + 1));
      attend_token(q + i * qStride, k + i * kStride, v + i * kStride, caches, pages + starts[i],
                   length(i), shape, out + i * qStride);
    }
  });
}

}  // namespace ICRL_NAMESPACE
