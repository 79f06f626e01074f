#include "attention.h"

#include "row-norm.h"
#include "running-softmax.h"
#include "../isa/transpose.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

ICRL_INLINE void scale_row(float* x, size_t width, float factor) {
  for (size_t i = 0; i < width; i += 16) store(x + i, load(x + i) * set1(factor));
}

ICRL_INLINE void finish(const float* sums, const Running& row, size_t width, float* out,
                        float* logsumexp) {
  for_vectors(width, [&](size_t i, size_t lanes) {
    store_lanes(out + i, finished(load(sums + i), row), lanes);
  });
  if (logsumexp) *logsumexp = row.largest + log(row.total);
}

/** At most `kRowBlock` rows. */
void attend_rows(const Queries& x, size_t r0, size_t rows, const Keys& keys, float scale,
                 float* working) {
  const size_t wide = padded(keys.width);
  float *sums = working, *scores = working + kRowBlock * wide;
  Running running[kRowBlock];
  __builtin_memset(sums, 0, rows * wide * sizeof(float));
  const auto visible = [&](size_t r) { return x.visible + (r0 + r) * x.step; };
  const size_t longest = visible(rows - 1);
  const Matrix q = rows_of(x.q + r0 * x.stride, x.stride);
  for (size_t j0 = 0; j0 < longest; j0 += kKeyBlock) {
    size_t from = 0;
    while (visible(from) <= j0) from++;
    const size_t width = smaller(kKeyBlock, longest - j0);
    multiply_rows_here(rows - from, width, keys.width, q.at(from, 0),
                       keys.columns + j0 * keys.width, kKeyBlock, scores + from * kKeyBlock,
                       kKeyBlock, false);
    for (size_t r = from; r < rows; r++) {
      const float correction = absorb(scores + r * kKeyBlock, smaller(kKeyBlock, visible(r) - j0),
                                      width, scale, running[r]);
      if (correction != 1.0f) scale_row(sums + r * wide, wide, correction);
    }
    const float* values = keys.values_from(j0);
    for (size_t r = from; r < rows;) {
      const size_t height = tile_height(rows - r),
                   seen = smaller(kKeyBlock, visible(r + height - 1) - j0);
      multiply_rows_here(height, wide, seen, rows_of(scores + r * kKeyBlock, kKeyBlock), values,
                         keys.valueStride, sums + r * wide, wide, true);
      r += height;
    }
  }
  for (size_t r = 0; r < rows; r++) {
    float* logsumexp = x.logsumexp ? x.logsumexp + (r0 + r) * x.logsumexpStride : nullptr;
    finish(sums + r * wide, running[r], keys.width, x.out + (r0 + r) * x.outStride, logsumexp);
  }
}

}  // namespace

void put_columns(const float* rows, size_t stride, size_t count, size_t width, size_t position,
                 float* columns) {
  for (size_t r = 0; r < count;) {
    const size_t at = position + r, some = smaller(count - r, 16 - at % 16);
    transpose_block<false>(rows + r * stride, stride, some, width,
                           columns + at / kKeyBlock * kKeyBlock * width + at % kKeyBlock,
                           kKeyBlock);
    r += some;
  }
}

void put_rows(const float* rows, size_t stride, size_t count, size_t width, float* to) {
  const size_t wide = padded(width);
  for (size_t r = 0; r < count; r++)
    for (size_t i = 0; i < wide; i += 16)
      store(to + r * wide + i, i + 16 <= width ? load(rows + r * stride + i)
                                               : load_n(rows + r * stride + i, width - i));
}

void attend(const Queries& queries, const Keys& keys, float scale) {
  float* working = scratch(scratch_rows, kRowBlock * (padded(keys.width) + kKeyBlock));
  for (size_t r = 0; r < queries.rows; r += kRowBlock)
    attend_rows(queries, r, smaller(kRowBlock, queries.rows - r), keys, scale, working);
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

/** Rows of the longest chain among segments [s0, s1). */
size_t longest_chain(const Layout& layout, size_t s0, size_t s1) {
  size_t longest = 0;
  for (size_t s = s0; s < s1; s++) {
    const size_t length = layout.before(s) + layout.rows(s);
    if (length > longest) longest = length;
  }
  return longest;
}

/**
 * Segments [s0, s1) of one key head; neighbors that continue the same segment share its packed
 * keys.
 */
void attend_segments(const PackedCall& x, size_t s0, size_t s1, size_t group) {
  const Layout& layout = x.layout;
  const size_t width = x.shape.width, wide = padded(width), stride = x.keyStride(),
               longest = longest_chain(layout, s0, s1);
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
      attend({x.q + at, x.queryStride(), rows, before + 1, 1, x.out + at, x.queryStride(),
              x.logsumexp + row * x.shape.heads + head, x.shape.heads},
             {width, columns, values, wide, nullptr}, x.shape.scale);
    }
  }
}

}  // namespace

/** q, k, v, out, logsumexp, heads, key/value heads, headDim, scale, starts, prefix, segments. */
void packedAttention(const Args& args) {
  using A = packedAttention_args;
  const PackedCall x{args.floats(A::q),
                     args.floats(A::k),
                     args.floats(A::v),
                     args.floats(A::out),
                     args.floats(A::logsumexp),
                     {args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim),
                      args.real(A::scale)},
                     {args.ints(A::starts), args.ints(A::prefix), args.size(A::segments)}};
  const Layout& layout = x.layout;
  double work = 0;
  for (size_t s = 0; s < layout.segments; s++)
    work += static_cast<double>(layout.rows(s) * (layout.before(s) + layout.rows(s) + 64) *
                                x.queryStride());
  const size_t wanted = (thread_count() == 1 ? 1 : thread_count() * 8) / x.shape.groups + 1;
  const size_t runs = smaller(layout.segments, wanted);
  parallel_for(runs * x.shape.groups, work, [&](size_t task) {
    const size_t run = task / x.shape.groups;
    attend_segments(x, layout.segments * run / runs, layout.segments * (run + 1) / runs,
                    task % x.shape.groups);
  });
}

}  // namespace ICRL_NAMESPACE
