// The gradient of packed attention, from the saved log-sum-exp: no weights are kept. Blocks of fixed size, so that the order of every sum
// is the same on each instruction set; one task a tree of prefixes and key head, so that it is the same for any number of threads.
#include "attention.h"

#include "row-norm.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

struct Gradient {
  const float *dOut, *q, *k, *v, *out, *logsumexp;
  float *dq, *dk, *dv;
  Shape shape;
  Layout layout;
};

/** The key head's rows along a chain, packed, and the sums of their gradients. */
struct ChainHead {
  size_t count, wide;
  float *keys, *values, *packedKeys, *packedValues, *dKeys, *dValues;
};

/** Working memory of one block of rows by one block of keys. */
struct BlockScratch { float *weights, *dWeights, *along; };

ChainHead chain_head(size_t count, size_t width) {
  const size_t wide = padded(width), rows = count * wide, packed = packed_keys_size(count, width);
  float* memory = scratch(scratch_keys, 4 * rows + 2 * packed);
  return {count, wide, memory, memory + rows, memory + 4 * rows, memory + 4 * rows + packed, memory + 2 * rows, memory + 3 * rows};
}

/** Copies a head between packed rows (`stride` floats apart) and chain rows (`wide` apart); padding is zeros. */
void gather_head(const float* from, size_t stride, size_t rows, size_t width, float* to) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < padded(width); i += 16) store(to + r * padded(width) + i, i + 16 <= width ? load(from + r * stride + i) : load_n(from + r * stride + i, width - i));
}

void scatter_head(const float* from, size_t rows, size_t width, float* to, size_t stride) {
  for (size_t r = 0; r < rows; r++) __builtin_memcpy(to + r * stride, from + r * padded(width), width * sizeof(float));
}

/** Weights and the gradient of the scores of `rows` rows by `keys` keys from j0; 0 where a row does not see a key. */
void score_gradients(size_t rows, size_t keys, size_t j0, size_t visible, const float* logsumexp, size_t stride, float scale, const BlockScratch& x) {
  for (size_t r = 0; r < rows; r++) {
    const size_t seen = visible + r;
    const size_t n = seen > j0 ? smaller(keys, seen - j0) : 0;
    float *weights = x.weights + r * kKeyBlock, *dScores = x.dWeights + r * kKeyBlock;
    const F16 shift = set1(logsumexp[r * stride]), along = set1(x.along[r]), factor = set1(scale);
    for (size_t j = 0; j < keys; j += 16) {
      const M16 sees = first(n <= j ? 0 : smaller(16, n - j));
      const F16 weight = select(sees, exp(load(weights + j) * factor - shift), zero());
      store(weights + j, weight);
      store(dScores + j, select(sees, weight * (load(dScores + j) - along) * factor, zero()));
    }
  }
}

/** One head's rows [r0, r0 + rows) of a segment against every key they see. */
void head_rows(const Gradient& g, const ChainHead& chain, size_t row, size_t head, size_t rows, size_t visible, const BlockScratch& x) {
  const size_t stride = g.shape.heads * g.shape.width, at = row * stride + head * g.shape.width, width = g.shape.width;
  const size_t blockSize = packed_size(width, kKeyBlock), longest = visible + rows - 1;
  for (size_t r = 0; r < rows; r++) {
    F16 total = zero();
    for_vectors(width, [&](size_t i, size_t lanes) { total = fma(load_lanes(g.dOut + at + r * stride + i, lanes), load_lanes(g.out + at + r * stride + i, lanes), total); });
    x.along[r] = sum(total);
  }
  const Matrix q = rows_of(g.q + at, stride), dOut = rows_of(g.dOut + at, stride);
  for (size_t j0 = 0; j0 < longest; j0 += kKeyBlock) {
    const size_t keys = smaller(kKeyBlock, longest - j0), packed = smaller(kKeyBlock, chain.count - j0), block = j0 / kKeyBlock * blockSize;
    multiply_here(rows, q, {width, packed, chain.packedKeys + block}, 0, keys, x.weights, kKeyBlock, false);
    multiply_here(rows, dOut, {width, packed, chain.packedValues + block}, 0, keys, x.dWeights, kKeyBlock, false);
    score_gradients(rows, keys, j0, visible, g.logsumexp + row * g.shape.heads + head, g.shape.heads, g.shape.scale, x);
    gemm_here(keys, width, rows, columns_of(x.weights, kKeyBlock), dOut, chain.dValues + j0 * chain.wide, chain.wide, true);
    gemm_here(keys, width, rows, columns_of(x.dWeights, kKeyBlock), q, chain.dKeys + j0 * chain.wide, chain.wide, true);
    gemm_here(rows, width, keys, rows_of(x.dWeights, kKeyBlock), rows_of(chain.keys + j0 * chain.wide, chain.wide), g.dq + at, stride, j0 > 0);
  }
}

void segment_gradient(const Gradient& g, size_t s, size_t group, const BlockScratch& x) {
  const size_t rows = g.layout.rows(s), before = g.layout.before(s), width = g.shape.width, stride = g.shape.groups * width;
  if (rows == 0) return;
  const ChainHead chain = chain_head(before + rows, width);
  for_chain(g.layout, s, [&](size_t position, size_t row, size_t length) {
    const size_t from = row * stride + group * width, to = position * chain.wide;
    gather_head(g.k + from, stride, length, width, chain.keys + to);
    gather_head(g.v + from, stride, length, width, chain.values + to);
    gather_head(g.dk + from, stride, length, width, chain.dKeys + to);
    gather_head(g.dv + from, stride, length, width, chain.dValues + to);
  });
  pack_keys(chain.keys, chain.count, width, chain.packedKeys);
  pack_keys(chain.values, chain.count, width, chain.packedValues);
  const size_t each = g.shape.heads / g.shape.groups, start = static_cast<size_t>(g.layout.starts[s]);
  for (size_t head = group * each; head < (group + 1) * each; head++)
    for (size_t r = 0; r < rows; r += kRowBlock) head_rows(g, chain, start + r, head, smaller(kRowBlock, rows - r), before + r + 1, x);
  for_chain(g.layout, s, [&](size_t position, size_t row, size_t length) {
    const size_t to = row * stride + group * width, from = position * chain.wide;
    scatter_head(chain.dKeys + from, length, width, g.dk + to, stride);
    scatter_head(chain.dValues + from, length, width, g.dv + to, stride);
  });
}

size_t root_of(const Layout& layout, size_t s) {
  while (layout.prefix[s] >= 0) s = static_cast<size_t>(layout.prefix[s]);
  return s;
}

}  // namespace

/** dOut, q, k, v, out, logsumexp, dq, dk, dv, heads, key/value heads, headDim, scale, starts, prefix, segments. */
void packedAttentionGrad(const Args& args) {
  const Gradient g{args.floats(0), args.floats(1), args.floats(2), args.floats(3), args.floats(4), args.floats(5), args.floats(6), args.floats(7), args.floats(8),
                   {args.size(9), args.size(10), args.size(11), args.real(12)}, {args.ints(13), args.ints(14), args.size(15)}};
  const size_t segments = g.layout.segments;
  int32_t* roots = reinterpret_cast<int32_t*>(scratch(scratch_sort, 2 * segments));
  int32_t* root = roots + segments;
  size_t trees = 0;
  double work = 0;
  for (size_t s = 0; s < segments; s++) {
    root[s] = static_cast<int32_t>(root_of(g.layout, s));
    if (static_cast<size_t>(root[s]) == s) roots[trees++] = static_cast<int32_t>(s);
    work += static_cast<double>(g.layout.rows(s) * (g.layout.before(s) + g.layout.rows(s)) * g.shape.heads * g.shape.width);
  }
  const size_t keyFloats = static_cast<size_t>(g.layout.starts[segments]) * g.shape.groups * g.shape.width;
  __builtin_memset(g.dk, 0, keyFloats * sizeof(float));
  __builtin_memset(g.dv, 0, keyFloats * sizeof(float));
  parallel_for(trees * g.shape.groups, work * 3, [&](size_t task) {
    const int32_t tree = roots[task / g.shape.groups];
    float* memory = scratch(scratch_rows, 2 * kRowBlock * kKeyBlock + kRowBlock);
    const BlockScratch x{memory, memory + kRowBlock * kKeyBlock, memory + 2 * kRowBlock * kKeyBlock};
    for (size_t s = static_cast<size_t>(tree); s < segments; s++) if (root[s] == tree) segment_gradient(g, s, task % g.shape.groups, x);
  });
}

}  // namespace ICRL_NAMESPACE
