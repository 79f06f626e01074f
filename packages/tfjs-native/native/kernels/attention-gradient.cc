// The gradient of packed attention, from the saved log-sum-exp: no attention weights are kept.
// Blocks have a fixed size, so that the order of every sum is the same on each instruction set.
// There is one task per tree of prefixes and key head, so that it is the same for any number of
// threads.
#include "attention.h"

#include "row-norm.h"
#include "running-softmax.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

struct Gradient {
  const float *dOut, *q, *k, *v, *out, *logsumexp;
  float *dq, *dk, *dv;
  Shape shape;
  Layout layout;

  size_t queryStride() const { return shape.heads * shape.width; }
  size_t keyStride() const { return shape.groups * shape.width; }
};

/**
 * One key head's keys and values along a chain, as rows or columns, and the sums of their
 * gradients.
 */
struct Chain {
  float *keys, *keyColumns, *valueColumns, *dKeys, *dValues;
};

/** One head's block of rows, copied into one piece, and its scores. */
struct Block {
  float *q, *dOut, *dq, *weights, *dScores, *along;
};

Chain chain_memory(size_t count, size_t width) {
  const size_t rows = count * padded(width), columns = columns_size(count, width);
  float* memory = scratch(scratch_keys, 3 * rows + 2 * columns);
  return {memory, memory + 3 * rows, memory + 3 * rows + columns, memory + rows, memory + 2 * rows};
}

Block block_memory(size_t width) {
  const size_t rows = kRowBlock * padded(width), scores = kRowBlock * kKeyBlock;
  float* memory = scratch(scratch_rows, 3 * rows + 2 * scores + kRowBlock);
  return {memory,
          memory + rows,
          memory + 2 * rows,
          memory + 3 * rows,
          memory + 3 * rows + scores,
          memory + 3 * rows + 2 * scores};
}

void take_rows(const float* from, size_t rows, size_t width, float* to, size_t stride) {
  for (size_t r = 0; r < rows; r++)
    for_vectors(width, [&](size_t i, size_t lanes) {
      store_lanes(to + r * stride + i, load_lanes(from + r * padded(width) + i, lanes), lanes);
    });
}

/**
 * The weights and the gradient of the scores, of `rows` rows by `keys` keys from j0; 0 where a row
 * does not see a key. The first row sees `visible` keys.
 */
void score_gradients(size_t rows, size_t keys, size_t j0, size_t visible, const float* logsumexp,
                     size_t stride, float scale, const Block& x) {
  for (size_t r = 0; r < rows; r++) {
    const size_t seen = visible + r, n = seen > j0 ? smaller(keys, seen - j0) : 0;
    float *weights = x.weights + r * kKeyBlock, *dScores = x.dScores + r * kKeyBlock;
    size_t j = 0;
    for (; j < n; j += 16) {
      F16 weight = weight_again(load(weights + j), scale, logsumexp[r * stride]),
          dScore = score_gradient(weight, load(dScores + j), x.along[r], scale);
      if (n - j < 16) {
        weight = select(first(n - j), weight, zero());
        dScore = select(first(n - j), dScore, zero());
      }
      store(weights + j, weight);
      store(dScores + j, dScore);
    }
    for (; j < keys; j += 16) {
      store(weights + j, zero());
      store(dScores + j, zero());
    }
  }
}

/**
 * `rows` rows of one head, from packed row `row`, against every key they see; the first sees
 * `visible`.
 */
void head_rows(const Gradient& g, const Chain& chain, size_t row, size_t head, size_t rows,
               size_t visible, const Block& x) {
  const size_t stride = g.queryStride(), width = g.shape.width, wide = padded(width),
               at = row * stride + head * width;
  const size_t longest = visible + rows - 1;
  put_rows(g.q + at, stride, rows, width, x.q);
  put_rows(g.dOut + at, stride, rows, width, x.dOut);
  for (size_t r = 0; r < rows; r++) {
    F16 total = zero();
    for_vectors(width, [&](size_t i, size_t lanes) {
      total = fma(load_lanes(g.dOut + at + r * stride + i, lanes),
                  load_lanes(g.out + at + r * stride + i, lanes), total);
    });
    x.along[r] = sum(total);
  }
  for (size_t j0 = 0; j0 < longest; j0 += kKeyBlock) {
    const size_t keys = smaller(kKeyBlock, longest - j0);
    multiply_rows_here(rows, keys, width, rows_of(x.q, wide), chain.keyColumns + j0 * width,
                       kKeyBlock, x.weights, kKeyBlock, false);
    multiply_rows_here(rows, keys, width, rows_of(x.dOut, wide), chain.valueColumns + j0 * width,
                       kKeyBlock, x.dScores, kKeyBlock, false);
    score_gradients(rows, keys, j0, visible, g.logsumexp + row * g.shape.heads + head,
                    g.shape.heads, g.shape.scale, x);
    multiply_rows_here(keys, wide, rows, columns_of(x.weights, kKeyBlock), x.dOut, wide,
                       chain.dValues + j0 * wide, wide, true);
    multiply_rows_here(keys, wide, rows, columns_of(x.dScores, kKeyBlock), x.q, wide,
                       chain.dKeys + j0 * wide, wide, true);
    multiply_rows_here(rows, wide, keys, rows_of(x.dScores, kKeyBlock), chain.keys + j0 * wide,
                       wide, x.dq, wide, j0 > 0);
  }
  take_rows(x.dq, rows, width, g.dq + at, stride);
}

/**
 * Copies `rows` rows into the chain at `position`, with their gradients so far (zeros if `fresh`).
 */
void put_chain(const Gradient& g, const Chain& chain, size_t group, size_t position, size_t row,
               size_t rows, bool fresh) {
  const size_t stride = g.keyStride(), width = g.shape.width, wide = padded(width),
               from = row * stride + group * width, to = position * wide;
  put_rows(g.k + from, stride, rows, width, chain.keys + to);
  put_columns(g.k + from, stride, rows, width, position, chain.keyColumns);
  put_columns(g.v + from, stride, rows, width, position, chain.valueColumns);
  if (fresh) {
    __builtin_memset(chain.dKeys + to, 0, rows * wide * sizeof(float));
    __builtin_memset(chain.dValues + to, 0, rows * wide * sizeof(float));
  } else {
    put_rows(g.dk + from, stride, rows, width, chain.dKeys + to);
    put_rows(g.dv + from, stride, rows, width, chain.dValues + to);
  }
}

void take_chain(const Gradient& g, const Chain& chain, size_t group, size_t position, size_t row,
                size_t rows) {
  const size_t stride = g.keyStride(), width = g.shape.width, to = row * stride + group * width,
               from = position * padded(width);
  take_rows(chain.dKeys + from, rows, width, g.dk + to, stride);
  take_rows(chain.dValues + from, rows, width, g.dv + to, stride);
}

/**
 * All segments of one tree, in ascending order, for one key head; neighbors that continue the same
 * segment leave its part of the chain in place.
 */
void tree_gradient(const Gradient& g, const int32_t* members, size_t count, size_t group) {
  const Layout& layout = g.layout;
  size_t longest = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t s = static_cast<size_t>(members[i]), length = layout.before(s) + layout.rows(s);
    if (length > longest) longest = length;
  }
  const Chain chain = chain_memory(longest, g.shape.width);
  const Block block = block_memory(g.shape.width);
  const size_t each = g.shape.heads / g.shape.groups;
  for (size_t i = 0; i < count; i++) {
    const size_t s = static_cast<size_t>(members[i]), before = layout.before(s),
                 rows = layout.rows(s), row = layout.start(s);
    const auto same = [&](size_t other) {
      return layout.prefix[s] == layout.prefix[static_cast<size_t>(members[other])];
    };
    if (i == 0 || !same(i - 1))
      for_prefixes(layout, s, [&](size_t position, size_t from, size_t length) {
        put_chain(g, chain, group, position, from, length, false);
      });
    put_chain(g, chain, group, before, row, rows, true);
    for (size_t head = group * each; head < (group + 1) * each; head++)
      for (size_t r = 0; r < rows; r += kRowBlock)
        head_rows(g, chain, row + r, head, smaller(kRowBlock, rows - r), before + r + 1, block);
    take_chain(g, chain, group, before, row, rows);
    if (i + 1 == count || !same(i + 1))
      for_prefixes(layout, s, [&](size_t position, size_t from, size_t length) {
        take_chain(g, chain, group, position, from, length);
      });
  }
}

struct Trees {
  int32_t *members, *starts;
  size_t count;
};

/**
 * The segments of each tree of prefixes, in ascending order: those of tree t are members[starts[t]
 * … starts[t + 1]).
 */
Trees find_trees(const Layout& layout) {
  const size_t n = layout.segments;
  int32_t* memory = reinterpret_cast<int32_t*>(scratch(scratch_sort, 4 * n + 2));
  int32_t *members = memory, *starts = memory + n, *tree = memory + 2 * n + 1,
          *next = memory + 3 * n + 1;
  size_t count = 0;
  __builtin_memset(starts, 0, (n + 1) * sizeof(int32_t));
  for (size_t s = 0; s < n; s++) {
    tree[s] = layout.prefix[s] < 0 ? static_cast<int32_t>(count++) : tree[layout.prefix[s]];
    starts[tree[s] + 1]++;
  }
  for (size_t t = 0; t < count; t++) {
    starts[t + 1] += starts[t];
    next[t] = starts[t];
  }
  for (size_t s = 0; s < n; s++) members[next[tree[s]]++] = static_cast<int32_t>(s);
  return {members, starts, count};
}

}  // namespace

/**
 * dOut, q, k, v, out, logsumexp, dq, dk, dv, heads, key/value heads, headDim, scale, starts,
 * prefix, segments.
 */
void packedAttentionGrad(const Args& args) {
  using A = packedAttentionGrad_args;
  const Gradient g{args.floats(A::dOut),
                   args.floats(A::q),
                   args.floats(A::k),
                   args.floats(A::v),
                   args.floats(A::out),
                   args.floats(A::logsumexp),
                   args.floats(A::dq),
                   args.floats(A::dk),
                   args.floats(A::dv),
                   {args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim),
                    args.real(A::scale)},
                   {args.ints(A::starts), args.ints(A::prefix), args.size(A::segments)}};
  double work = 0;
  for (size_t s = 0; s < g.layout.segments; s++)
    work += static_cast<double>(g.layout.rows(s) * (g.layout.before(s) + g.layout.rows(s) + 64) *
                                g.queryStride());
  const Trees trees = find_trees(g.layout);
  parallel_for(trees.count * g.shape.groups, work * 3, [&](size_t task) {
    const size_t tree = task / g.shape.groups;
    tree_gradient(g, trees.members + trees.starts[tree],
                  static_cast<size_t>(trees.starts[tree + 1] - trees.starts[tree]),
                  task % g.shape.groups);
  });
}

}  // namespace ICRL_NAMESPACE
