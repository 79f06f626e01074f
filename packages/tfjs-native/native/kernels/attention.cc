#include "attention.h"

#include "row-norm.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

/** Softmax in progress of one row: the largest score so far and Σ e^(score − largest). */
struct Running { float largest, total; };

/**
 * Turns a row's scores of one block into weights, in place; returns what the sums so far must be multiplied by. Only the first `n` of
 * `scores[kKeyBlock]` exist.
 */
ICRL_INLINE float absorb(float* scores, size_t n, float scale, Running& row) {
  const F16 lowest = set1(-__builtin_inff());
  F16 top = lowest;
  for_vectors(n, [&](size_t j, size_t lanes) {
    const F16 s = load_lanes(scores + j, lanes) * set1(scale);
    store_lanes(scores + j, s, lanes);
    top = max(select(first(lanes), s, lowest), top);
  });
  const float block = largest(top);
  const float now = block > row.largest ? block : row.largest;
  F16 total = zero();
  for_vectors(n, [&](size_t j, size_t lanes) {
    const F16 weight = exp(load_lanes(scores + j, lanes) - set1(now));
    store_lanes(scores + j, weight, lanes);
    total = total + select(first(lanes), weight, zero());
  });
  const float correction = now == row.largest ? 1.0f : exp(row.largest - now);
  row.total = __builtin_fmaf(row.total, correction, sum(total));
  row.largest = now;
  return correction;
}

ICRL_INLINE void scale_row(float* x, size_t width, float factor) {
  for (size_t i = 0; i < width; i += 16) store(x + i, load(x + i) * set1(factor));
}

ICRL_INLINE void finish(const float* sums, const Running& row, size_t width, float* out, float* logsumexp) {
  for_vectors(width, [&](size_t i, size_t lanes) { store_lanes(out + i, load(sums + i) / set1(row.total), lanes); });
  if (logsumexp) *logsumexp = row.largest + log(row.total);
}

/** At most `kRowBlock` rows. */
void attend_rows(const Queries& x, size_t r0, size_t rows, const Keys& keys, float scale, float* working) {
  const size_t wide = padded(keys.width), blockSize = packed_size(keys.width, kKeyBlock);
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
    const Packed block{keys.width, smaller(kKeyBlock, keys.count - j0), keys.transposed + j0 / kKeyBlock * blockSize};
    multiply_here(rows - from, q.at(from, 0), block, 0, width, scores + from * kKeyBlock, kKeyBlock, false);
    for (size_t r = from; r < rows; r++) {
      const float correction = absorb(scores + r * kKeyBlock, smaller(kKeyBlock, visible(r) - j0), scale, running[r]);
      if (correction != 1.0f) scale_row(sums + r * wide, wide, correction);
    }
    const float* values = keys.values + j0 * wide;
    const size_t common = smaller(kKeyBlock, visible(from) - j0);
    multiply_rows_here(rows - from, wide, common, rows_of(scores + from * kKeyBlock, kKeyBlock), values, wide, sums + from * wide, wide, true);
    for (size_t r = from; r < rows; r++) {
      const size_t own = smaller(kKeyBlock, visible(r) - j0);
      if (own > common) multiply_rows_here(1, wide, own - common, rows_of(scores + r * kKeyBlock + common, kKeyBlock), values + common * wide, wide, sums + r * wide, wide, true);
    }
  }
  for (size_t r = 0; r < rows; r++) {
    float* logsumexp = x.logsumexp ? x.logsumexp + (r0 + r) * x.logsumexpStride : nullptr;
    finish(sums + r * wide, running[r], keys.width, x.out + (r0 + r) * x.outStride, logsumexp);
  }
}

}  // namespace

void pack_keys(const float* rows, size_t count, size_t width, float* to) {
  const size_t blockSize = packed_size(width, kKeyBlock);
  for (size_t j = 0; j < count; j += kKeyBlock, to += blockSize) pack_here(columns_of(rows + j * padded(width), padded(width)), width, smaller(kKeyBlock, count - j), to);
}

void attend(const Queries& queries, const Keys& keys, float scale) {
  float* working = scratch(scratch_rows, kRowBlock * (padded(keys.width) + kKeyBlock));
  for (size_t r = 0; r < queries.rows; r += kRowBlock) attend_rows(queries, r, smaller(kRowBlock, queries.rows - r), keys, scale, working);
}

namespace {

/** Copies one head of `rows` rows, `stride` floats apart, to `to[rows][padded width]`, zeros behind. */
void copy_head(const float* from, size_t stride, size_t rows, size_t width, float* to) {
  const size_t wide = padded(width);
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < wide; i += 16) store(to + r * wide + i, i + 16 <= width ? load(from + r * stride + i) : load_n(from + r * stride + i, width - i));
}

struct KeyScratch { float *rows, *transposed, *values; };

KeyScratch key_scratch(size_t count, size_t width) {
  float* keys = scratch(scratch_keys, count * padded(width) + packed_keys_size(count, width));
  return {keys, keys + count * padded(width), scratch(scratch_values, count * padded(width))};
}

Keys ready_keys(const KeyScratch& s, size_t count, size_t width) {
  pack_keys(s.rows, count, width, s.transposed);
  return {count, width, s.transposed, s.values};
}

}  // namespace

/** q, k, v, out, logsumexp, heads, key/value heads, headDim, scale, starts, prefix, segments. */
void packedAttention(const Args& args) {
  const float *q = args.floats(0), *k = args.floats(1), *v = args.floats(2);
  float *out = args.floats(3), *logsumexp = args.floats(4);
  const Shape shape{args.size(5), args.size(6), args.size(7), args.real(8)};
  const Layout layout{args.ints(9), args.ints(10), args.size(11)};
  const size_t each = shape.heads / shape.groups, qStride = shape.heads * shape.width, kStride = shape.groups * shape.width;
  double work = 0;
  for (size_t s = 0; s < layout.segments; s++) work += static_cast<double>(layout.rows(s) * (layout.before(s) + layout.rows(s)) * qStride);
  const size_t parts = layout.segments * shape.groups >= 4 * thread_count() || thread_count() == 1 ? 1 : 4;
  parallel_for(layout.segments * shape.groups * parts, work, [&](size_t task) {
    const size_t part = task % parts, group = task / parts % shape.groups, s = task / parts / shape.groups;
    const size_t rows = layout.rows(s), before = layout.before(s);
    const size_t blocks = (rows + kRowBlock - 1) / kRowBlock;
    const size_t r0 = blocks * part / parts * kRowBlock, r1 = smaller(rows, blocks * (part + 1) / parts * kRowBlock);
    if (r0 >= r1) return;
    const size_t count = before + r1, wide = padded(shape.width);
    const KeyScratch memory = key_scratch(count, shape.width);
    for_chain(layout, s, [&](size_t position, size_t row, size_t length) {
      if (position >= count) return;
      const size_t used = smaller(length, count - position);
      copy_head(k + row * kStride + group * shape.width, kStride, used, shape.width, memory.rows + position * wide);
      copy_head(v + row * kStride + group * shape.width, kStride, used, shape.width, memory.values + position * wide);
    });
    const Keys keys = ready_keys(memory, count, shape.width);
    const size_t row = static_cast<size_t>(layout.starts[s]) + r0;
    for (size_t head = group * each; head < (group + 1) * each; head++) {
      attend({q + row * qStride + head * shape.width, qStride, r1 - r0, before + r0 + 1, 1, out + row * qStride + head * shape.width, qStride,
              logsumexp + row * shape.heads + head, shape.heads}, keys, shape.scale);
    }
  });
}

/** q, k, v, key cache, value cache, out, N, capacity, heads, key/value heads, headDim, scale, slots, lengths. */
void decodeAttention(const Args& args) {
  const float *q = args.floats(0), *k = args.floats(1), *v = args.floats(2);
  float *keyCache = args.floats(3), *valueCache = args.floats(4), *out = args.floats(5);
  const size_t tokens = args.size(6), capacity = args.size(7);
  const Shape shape{args.size(8), args.size(9), args.size(10), args.real(11)};
  const int32_t *slots = args.ints(12), *lengths = args.ints(13);
  const size_t each = shape.heads / shape.groups, qStride = shape.heads * shape.width, kStride = shape.groups * shape.width;
  double work = 0;
  for (size_t i = 0; i < tokens; i++) work += static_cast<double>(static_cast<size_t>(lengths[i] + 1) * qStride * 4);
  parallel_for(tokens * shape.groups, work, [&](size_t task) {
    const size_t i = task / shape.groups, group = task % shape.groups, length = static_cast<size_t>(lengths[i]), count = length + 1;
    const size_t slot = static_cast<size_t>(slots[i]) * capacity * kStride + group * shape.width;
    __builtin_memcpy(keyCache + slot + length * kStride, k + i * kStride + group * shape.width, shape.width * sizeof(float));
    __builtin_memcpy(valueCache + slot + length * kStride, v + i * kStride + group * shape.width, shape.width * sizeof(float));
    const KeyScratch memory = key_scratch(count, shape.width);
    copy_head(keyCache + slot, kStride, count, shape.width, memory.rows);
    copy_head(valueCache + slot, kStride, count, shape.width, memory.values);
    const Keys keys = ready_keys(memory, count, shape.width);
    const size_t at = i * qStride + group * each * shape.width;
    attend({q + at, shape.width, each, count, 0, out + at, shape.width, nullptr, 0}, keys, shape.scale);
  });
}

}  // namespace ICRL_NAMESPACE
