// One decoder block for the newest token of each running sequence. A row's result is that of the separate kernels; in one call, threads can
// take rows through the whole block without waiting for one another.
#include "attention.h"
#include "rotate-row.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

/** A matrix `[out][in]`, its bias or null, and its packed panels or null. */
struct Linear { const float *weight, *bias, *packed; };

struct Block {
  const float* x;
  float* out;
  const int32_t *positions, *slots, *lengths;
  Caches caches;
  Shape shape;
  size_t rows, width, feedForward;
  float epsilon;
  const RotaryTable* angles;
  const float *attentionNorm, *queryNorm, *keyNorm, *feedForwardNorm;
  Linear query, key, value, output, gate, up, down;

  size_t queries() const { return shape.heads * shape.width; }
  size_t keys() const { return shape.groups * shape.width; }
  /** Weights of the block's matrices. */
  size_t weights() const { return width * (2 * queries() + 2 * keys() + 3 * feedForward); }
  /** Floats that one row needs in between. */
  size_t between() const { return 2 * width + 2 * queries() + 2 * keys() + 2 * feedForward; }
};

/** Rows one by one, on all threads or on this one. */
template <bool Shared, typename F> ICRL_INLINE void each_row(size_t rows, double work, F&& body) {
  const auto range = [&](size_t start, size_t end) { for (size_t i = start; i < end; i++) body(i); };
  if (Shared) parallel_ranges(rows, 1, work, range);
  else range(0, rows);
}

/** y[m][n] = x[m][k] · weightᵀ + bias */
template <bool Shared> void product(size_t m, size_t n, size_t k, const float* x, const Linear& linear, float* y) {
  const Matrix rows = rows_of(x, k);
  const Packed packed{k, n, linear.packed};
  if (linear.packed && Shared) multiply_packed(m, rows, packed, y);
  else if (linear.packed) multiply_here(m, rows, packed, 0, n, y, n, false);
  else if (Shared) gemm(m, n, k, rows, columns_of(linear.weight, k), y, n, false);
  else gemm_here(m, n, k, rows, columns_of(linear.weight, k), y, n, false);
  if (!linear.bias) return;
  for (size_t i = 0; i < m; i++)
    for_vectors(n, [&](size_t j, size_t lanes) { store_lanes(y + i * n + j, load_lanes(y + i * n + j, lanes) + load_lanes(linear.bias + j, lanes), lanes); });
}

/** y += x */
ICRL_INLINE void add_row(const float* x, size_t n, float* y) {
  for_vectors(n, [&](size_t i, size_t lanes) { store_lanes(y + i, load_lanes(x + i, lanes) + load_lanes(y + i, lanes), lanes); });
}

/** Rows [r0, r0 + m); `working` holds `m · between()` floats. */
template <bool Shared> void run_rows(const Block& b, size_t r0, size_t m, float* working) {
  const size_t width = b.width, queries = b.queries(), keys = b.keys();
  float *normed = working, *middle = normed + m * width, *q = middle + m * width, *attended = q + m * queries;
  float *k = attended + m * queries, *v = k + m * keys, *gate = v + m * keys, *up = gate + m * b.feedForward;
  const float* x = b.x + r0 * width;
  each_row<Shared>(m, static_cast<double>(width), [&](size_t i) { normalise_row(x + i * width, b.attentionNorm, inverse_root(x + i * width, width, b.epsilon), width, normed + i * width); });
  product<Shared>(m, queries, width, normed, b.query, q);
  product<Shared>(m, keys, width, normed, b.key, k);
  product<Shared>(m, keys, width, normed, b.value, v);
  const double work = token_work(b.lengths + r0, m, b.shape) + static_cast<double>(queries + keys) * 4;
  each_row<Shared>(m, work, [&](size_t i) {
    const float* angles = rotary_row(*b.angles, b.positions[r0 + i]);
    float *query = q + i * queries, *key = k + i * keys;
    float* normal = scratch(scratch_rows, queries);
    rotate_row(query, b.queryNorm, b.epsilon, b.shape.heads, b.shape.width, angles, normal, query);
    rotate_row(key, b.keyNorm, b.epsilon, b.shape.groups, b.shape.width, angles, normal, key);
    attend_token(query, key, v + i * keys, b.caches, static_cast<size_t>(b.slots[r0 + i]), static_cast<size_t>(b.lengths[r0 + i]), b.shape, attended + i * queries);
  });
  product<Shared>(m, width, queries, attended, b.output, middle);
  each_row<Shared>(m, static_cast<double>(width) * 2, [&](size_t i) {
    float* row = middle + i * width;
    add_row(x + i * width, width, row);
    normalise_row(row, b.feedForwardNorm, inverse_root(row, width, b.epsilon), width, normed + i * width);
  });
  product<Shared>(m, b.feedForward, width, normed, b.gate, gate);
  product<Shared>(m, b.feedForward, width, normed, b.up, up);
  each_row<Shared>(m, static_cast<double>(b.feedForward) * 8, [&](size_t i) { activate(gate + i * b.feedForward, up + i * b.feedForward, b.feedForward, gate + i * b.feedForward); });
  float* out = b.out + r0 * width;
  product<Shared>(m, width, b.feedForward, gate, b.down, out);
  each_row<Shared>(m, static_cast<double>(width), [&](size_t i) { add_row(middle + i * width, width, out + i * width); });
}

/** Weights up to which a thread's own share of the rows beats sharing each product: they stay in its cache. */
constexpr size_t kCachedWeights = size_t{1} << 20;
/** Rows that are worth a thread of their own, and that a share should have where there are many. */
constexpr size_t kFewestRows = 14, kOwnRows = 28;

/** Shares of the rows: a few more than threads, so that one that waits for the processor does not hold up the rest. */
size_t shares(size_t rows) {
  const size_t few = (rows + kFewestRows - 1) / kFewestRows, many = rows / kOwnRows, threads = thread_count();
  return many > threads ? smaller(many, 4 * threads) : smaller(few, threads);
}

}  // namespace

/**
 * x, positions, key cache, value cache, out, N, capacity, D, feed-forward width, heads, key/value heads, headDim, scale, epsilon, inverse
 * frequencies, slots, lengths, norms of attention, queries (0: none), keys (0: none), feed-forward; weight, bias (0: none) and packed weight
 * (0: none) of query, key, value, output, gate, up, down.
 */
void decodeBlock(const Args& args) {
  const auto linear = [&](int i) { return Linear{args.floats(i), args.floats(i + 1), kept_panels(args.floats(i + 2))}; };
  const size_t rows = args.size(5), headDim = args.size(11);
  const auto table = rotary_table(args.floats(14), headDim / 2, args.ints(1), rows);
  const Block b{args.floats(0), args.floats(4), args.ints(1), args.ints(15), args.ints(16), {args.floats(2), args.floats(3), args.size(6)},
                {args.size(9), args.size(10), headDim, args.real(12)}, rows, args.size(7), args.size(8), args.real(13), table.get(),
                args.floats(17), args.floats(18), args.floats(19), args.floats(20),
                linear(21), linear(24), linear(27), linear(30), linear(33), linear(36), linear(39)};
  float* working = scratch(scratch_main, rows * b.between());
  if (b.weights() > kCachedWeights) return run_rows<true>(b, 0, rows, working);
  const size_t parts = shares(rows);
  parallel_for(parts, static_cast<double>(rows) * static_cast<double>(b.weights()), [&](size_t part) {
    const size_t start = rows * part / parts, end = rows * (part + 1) / parts;
    run_rows<false>(b, start, end - start, working + start * b.between());
  });
}

}  // namespace ICRL_NAMESPACE
