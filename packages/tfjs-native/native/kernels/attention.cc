#include "attention.h"

#include "row-norm.h"
#include "../isa/transpose.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

/** Softmax in progress of one row: the largest score so far and Σ e^(score − largest). */
struct Running { float largest, total; };

/**
 * Turns a row's scores of one block into weights, in place: `n` of them exist, those behind become 0 up to `width`. Returns what the sums so far
 * must be multiplied by.
 */
ICRL_INLINE float absorb(float* scores, size_t n, size_t width, float scale, Running& row) {
  const F16 lowest = set1(-__builtin_inff());
  F16 top = lowest;
  for (size_t j = 0; j < n; j += 16) {
    const F16 s = load(scores + j) * set1(scale);
    store(scores + j, s);
    top = max(n - j < 16 ? select(first(n - j), s, lowest) : s, top);
  }
  const float block = largest(top);
  const float now = block > row.largest ? block : row.largest;
  F16 total = zero();
  for (size_t j = 0; j < n; j += 16) {
    F16 weight = exp(load(scores + j) - set1(now));
    if (n - j < 16) weight = select(first(n - j), weight, zero());
    store(scores + j, weight);
    total = total + weight;
  }
  for (size_t j = (n + 15) / 16 * 16; j < width; j += 16) store(scores + j, zero());
  // In the first block there is nothing yet to correct: the sums are 0.
  const float correction = now == row.largest || row.total == 0.0f ? 1.0f : exp(row.largest - now);
  row.total = fma(row.total, correction, sum(total));
  row.largest = now;
  return correction;
}

ICRL_INLINE void scale_row(float* x, size_t width, float factor) {
  for (size_t i = 0; i < width; i += 16) store(x + i, load(x + i) * set1(factor));
}

/** Adding 0 makes a sum of −0 the same as one of +0: keys of weight 0 that a neighbour sees may have passed through it. */
ICRL_INLINE void finish(const float* sums, const Running& row, size_t width, float* out, float* logsumexp) {
  for_vectors(width, [&](size_t i, size_t lanes) { store_lanes(out + i, (load(sums + i) + zero()) / set1(row.total), lanes); });
  if (logsumexp) *logsumexp = row.largest + log(row.total);
}

/**
 * `scores[r][j] = q[r] · key j` for `count` keys that lie in rows, up to the next multiple of 16; products in ascending order through one
 * accumulator, as `multiply_rows_here` on columns. At most `kFewQueries` queries.
 */
template <size_t Queries> void score_rows(const float* q, size_t qStride, const float* rows, size_t stride, size_t count, size_t width, float* scores) {
  for (size_t j = 0; j < count; j += 16) {
    const size_t lanes = smaller(16, count - j);
    F16 sums[Queries];
    for (size_t r = 0; r < Queries; r++) sums[r] = zero();
    for (size_t i = 0; i < width; i += 16) {
      const size_t columns = smaller(16, width - i);
      F16 x[16];
      for (size_t k = 0; k < 16; k++) x[k] = k >= lanes ? zero() : load_lanes(rows + (j + k) * stride + i, columns);
      transpose_lanes(x);
      if (columns == 16) {
#pragma GCC unroll 16
        for (int k = 0; k < 16; k++)
          for (size_t r = 0; r < Queries; r++) sums[r] = fma(set1(q[r * qStride + i + k]), x[k], sums[r]);
      } else {
        for (size_t k = 0; k < columns; k++)
          for (size_t r = 0; r < Queries; r++) sums[r] = fma(set1(q[r * qStride + i + k]), x[k], sums[r]);
      }
    }
    for (size_t r = 0; r < Queries; r++) store(scores + r * kKeyBlock + j, sums[r]);
  }
}

constexpr size_t kFewQueries = 4;

void score_few(size_t queries, const float* q, size_t qStride, const Keys& keys, size_t j0, size_t count, float* scores) {
  const float* rows = keys.rows + j0 * keys.valueStride;
  switch (queries) {
    case 1: return score_rows<1>(q, qStride, rows, keys.valueStride, count, keys.width, scores);
    case 2: return score_rows<2>(q, qStride, rows, keys.valueStride, count, keys.width, scores);
    case 3: return score_rows<3>(q, qStride, rows, keys.valueStride, count, keys.width, scores);
    default: return score_rows<4>(q, qStride, rows, keys.valueStride, count, keys.width, scores);
  }
}

/** At most `kRowBlock` rows. */
void attend_rows(const Queries& x, size_t r0, size_t rows, const Keys& keys, float scale, float* working) {
  const size_t wide = padded(keys.width);
  float *sums = working, *scores = working + kRowBlock * wide;
  Running running[kRowBlock];
  for (size_t r = 0; r < rows; r++) running[r] = {-__builtin_inff(), 0.0f};
  __builtin_memset(sums, 0, rows * wide * sizeof(float));
  const auto visible = [&](size_t r) { return x.visible + (r0 + r) * x.step; };
  const size_t longest = visible(rows - 1);
  const Matrix q = rows_of(x.q + r0 * x.stride, x.stride);
  for (size_t j0 = 0; j0 < longest; j0 += kKeyBlock) {
    size_t from = 0;
    while (visible(from) <= j0) from++;
    const size_t width = smaller(kKeyBlock, longest - j0);
    if (keys.columns) multiply_rows_here(rows - from, width, keys.width, q.at(from, 0), keys.columns + j0 * keys.width, kKeyBlock, scores + from * kKeyBlock, kKeyBlock, false);
    else score_few(rows, x.q, x.stride, keys, j0, width, scores);
    for (size_t r = from; r < rows; r++) {
      const float correction = absorb(scores + r * kKeyBlock, smaller(kKeyBlock, visible(r) - j0), width, scale, running[r]);
      if (correction != 1.0f) scale_row(sums + r * wide, wide, correction);
    }
    const float* values = keys.values + j0 * keys.valueStride;
    for (size_t r = from; r < rows;) {
      const size_t height = tile_height(rows - r), seen = smaller(kKeyBlock, visible(r + height - 1) - j0);
      multiply_rows_here(height, wide, seen, rows_of(scores + r * kKeyBlock, kKeyBlock), values, keys.valueStride, sums + r * wide, wide, true);
      r += height;
    }
  }
  for (size_t r = 0; r < rows; r++) {
    float* logsumexp = x.logsumexp ? x.logsumexp + (r0 + r) * x.logsumexpStride : nullptr;
    finish(sums + r * wide, running[r], keys.width, x.out + (r0 + r) * x.outStride, logsumexp);
  }
}

}  // namespace

void put_columns(const float* rows, size_t stride, size_t count, size_t width, size_t position, float* columns) {
  for (size_t r = 0; r < count;) {
    const size_t at = position + r, some = smaller(count - r, 16 - at % 16);
    transpose_block<false>(rows + r * stride, stride, some, width, columns + at / kKeyBlock * kKeyBlock * width + at % kKeyBlock, kKeyBlock);
    r += some;
  }
}

void put_rows(const float* rows, size_t stride, size_t count, size_t width, float* to) {
  const size_t wide = padded(width);
  for (size_t r = 0; r < count; r++)
    for (size_t i = 0; i < wide; i += 16) store(to + r * wide + i, i + 16 <= width ? load(rows + r * stride + i) : load_n(rows + r * stride + i, width - i));
}

void attend(const Queries& queries, const Keys& keys, float scale) {
  float* working = scratch(scratch_rows, kRowBlock * (padded(keys.width) + kKeyBlock));
  for (size_t r = 0; r < queries.rows; r += kRowBlock) attend_rows(queries, r, smaller(kRowBlock, queries.rows - r), keys, scale, working);
}

namespace {

struct PackedCall {
  const float *q, *k, *v;
  float *out, *logsumexp;
  Shape shape;
  Layout layout;

  size_t queryStride() const { return shape.heads * shape.width; }
  size_t keyStride() const { return shape.groups * shape.width; }
};

/** Room for the longest chain of segments [s0, s1). */
size_t longest_chain(const Layout& layout, size_t s0, size_t s1) {
  size_t longest = 0;
  for (size_t s = s0; s < s1; s++) {
    const size_t length = layout.before(s) + layout.rows(s);
    if (length > longest) longest = length;
  }
  return longest;
}

/** Segments [s0, s1) of one key head; neighbours that continue the same segment share its packed keys. */
void attend_segments(const PackedCall& x, size_t s0, size_t s1, size_t group) {
  const Layout& layout = x.layout;
  const size_t width = x.shape.width, wide = padded(width), stride = x.keyStride(), longest = longest_chain(layout, s0, s1);
  float* columns = scratch(scratch_keys, columns_size(longest, width));
  float* values = scratch(scratch_values, longest * wide);
  const auto put = [&](size_t position, size_t row, size_t rows) {
    const size_t from = row * stride + group * width;
    put_columns(x.k + from, stride, rows, width, position, columns);
    put_rows(x.v + from, stride, rows, width, values + position * wide);
  };
  const size_t each = x.shape.heads / x.shape.groups;
  for (size_t s = s0; s < s1; s++) {
    const size_t before = layout.before(s), rows = layout.rows(s), row = layout.start(s);
    if (s == s0 || layout.prefix[s] != layout.prefix[s - 1]) for_prefixes(layout, s, put);
    put(before, row, rows);
    for (size_t head = group * each; head < (group + 1) * each; head++) {
      const size_t at = row * x.queryStride() + head * width;
      attend({x.q + at, x.queryStride(), rows, before + 1, 1, x.out + at, x.queryStride(), x.logsumexp + row * x.shape.heads + head, x.shape.heads},
             {width, columns, nullptr, values, wide}, x.shape.scale);
    }
  }
}

}  // namespace

/** q, k, v, out, logsumexp, heads, key/value heads, headDim, scale, starts, prefix, segments. */
void packedAttention(const Args& args) {
  const PackedCall x{args.floats(0), args.floats(1), args.floats(2), args.floats(3), args.floats(4),
                     {args.size(5), args.size(6), args.size(7), args.real(8)}, {args.ints(9), args.ints(10), args.size(11)}};
  const Layout& layout = x.layout;
  double work = 0;
  for (size_t s = 0; s < layout.segments; s++) work += static_cast<double>(layout.rows(s) * (layout.before(s) + layout.rows(s) + 64) * x.queryStride());
  const size_t wanted = (thread_count() == 1 ? 1 : thread_count() * 8) / x.shape.groups + 1;
  const size_t runs = smaller(layout.segments, wanted);
  parallel_for(runs * x.shape.groups, work, [&](size_t task) {
    const size_t run = task / x.shape.groups;
    attend_segments(x, layout.segments * run / runs, layout.segments * (run + 1) / runs, task % x.shape.groups);
  });
}

void attend_token(const float* q, const float* k, const float* v, const Caches& caches, size_t slot, size_t length, const Shape& shape, float* out) {
  const size_t each = shape.heads / shape.groups, stride = shape.groups * shape.width, count = length + 1;
  float *keys = caches.keys + slot * caches.capacity * stride, *values = caches.values + slot * caches.capacity * stride;
  __builtin_memcpy(keys + length * stride, k, stride * sizeof(float));
  __builtin_memcpy(values + length * stride, v, stride * sizeof(float));
  float* columns = each > kFewQueries ? scratch(scratch_keys, columns_size(count, shape.width)) : nullptr;
  for (size_t group = 0; group < shape.groups; group++) {
    const float* rows = keys + group * shape.width;
    if (columns) put_columns(rows, stride, count, shape.width, 0, columns);
    const size_t at = group * each * shape.width;
    attend({q + at, shape.width, each, count, 0, out + at, shape.width, nullptr, 0}, {shape.width, columns, rows, values + group * shape.width, stride}, shape.scale);
  }
}

/** q, k, v, key cache, value cache, out, N, capacity, heads, key/value heads, headDim, scale, slots, lengths. */
void decodeAttention(const Args& args) {
  const float *q = args.floats(0), *k = args.floats(1), *v = args.floats(2);
  const Caches caches{args.floats(3), args.floats(4), args.size(7)};
  float* out = args.floats(5);
  const size_t tokens = args.size(6);
  const Shape shape{args.size(8), args.size(9), args.size(10), args.real(11)};
  const int32_t *slots = args.ints(12), *lengths = args.ints(13);
  const size_t qStride = shape.heads * shape.width, kStride = shape.groups * shape.width;
  parallel_ranges(tokens, 1, token_work(lengths, tokens, shape), [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++) {
      attend_token(q + i * qStride, k + i * kStride, v + i * kStride, caches, static_cast<size_t>(slots[i]), static_cast<size_t>(lengths[i]), shape, out + i * qStride);
    }
  });
}

}  // namespace ICRL_NAMESPACE
