// A decoder block up to its attention: norm, projections, rotary embedding.
#include "block-rows.h"
#include "rotate-row.h"

namespace ICRL_NAMESPACE {

namespace {

struct Heads {
  size_t heads, groups, width;

  size_t queries() const { return heads * width; }
  size_t keys() const { return groups * width; }
};

size_t weights_of(size_t width, const Heads& heads) {
  return width * (heads.queries() + 2 * heads.keys());
}

struct Layers {
  Linear query, key, value;

  size_t rank() const { return largest_rank(query, key, value); }
};

Layers layers_at(const Args& args, int i) {
  return {linear_at(args, i), linear_at(args, i + kLinearArguments),
          linear_at(args, i + 2 * kLinearArguments)};
}

}  // namespace

/**
 * x, positions, norm, norms of queries and keys (0: none), query, key, value, rotated query,
 * rotated key, rows, D, heads, key/value heads, headDim, epsilon, inverse frequencies, the layers
 * query, key, value.
 */
void qkvProjection(const Args& args) {
  const float *x = args.floats(0), *norm = args.floats(2), *queryNorm = args.floats(3),
              *keyNorm = args.floats(4);
  const int32_t* positions = args.ints(1);
  float *q = args.floats(5), *k = args.floats(6), *v = args.floats(7), *rotatedQ = args.floats(8),
        *rotatedK = args.floats(9);
  const size_t rows = args.size(10), width = args.size(11);
  const Heads heads{args.size(12), args.size(13), args.size(14)};
  const float epsilon = args.real(15);
  const auto table = rotary_table(args.floats(16), heads.width / 2, positions, rows);
  const Layers layers = layers_at(args, 17);
  const size_t queries = heads.queries(), keys = heads.keys(), weights = weights_of(width, heads);
  Layouts layouts(weights, queries > width ? queries : width, layers.rank());
  const LaidOut query = layouts.transposed(layers.query, queries, width),
                key = layouts.transposed(layers.key, keys, width),
                value = layouts.transposed(layers.value, keys, width);
  each_block(rows, weights, [&](size_t start, size_t m) {
    float* normed = scratch(scratch_main, m * width + queries);
    float* normal = normed + m * width;
    for (size_t i = 0; i < m; i++)
      norm_row(x + (start + i) * width, norm, epsilon, width, normed + i * width);
    float *ownQ = q + start * queries, *ownK = k + start * keys, *ownV = v + start * keys;
    linear_rows(m, normed, query, ownQ);
    linear_rows(m, normed, key, ownK);
    linear_rows(m, normed, value, ownV);
    for (size_t i = 0; i < m; i++) {
      const float* angles = rotary_row(*table, positions[start + i]);
      rotate_row(ownQ + i * queries, queryNorm, epsilon, heads.heads, heads.width, angles, normal,
                 rotatedQ + (start + i) * queries);
      rotate_row(ownK + i * keys, keyNorm, epsilon, heads.groups, heads.width, angles, normal,
                 rotatedK + (start + i) * keys);
    }
  });
}

namespace {

/**
 * Backward through the rotary embedding and norm of `heads` vectors per row: dy → dx, and the
 * gain's gradient if there is a gain.
 */
void rotate_rows_gradient(size_t start, size_t m, size_t heads, size_t width, const float* dy,
                          const float* x, const float* gain, float epsilon,
                          const RotaryTable& table, const int32_t* positions, float* dx,
                          GainSums& gains, float* rotated, float* scales) {
  float* to = gain ? rotated : dx;
  for (size_t i = 0; i < m; i++)
    for (size_t h = 0; h < heads; h++)
      turn(dy + (i * heads + h) * width, rotary_row(table, positions[i]), -1.0f, width / 2,
           to + (i * heads + h) * width);
  if (!gain) return;
  for (size_t each = 0; each < m * heads; each++) {
    scales[each] = inverse_root(x + each * width, width, epsilon);
    normalize_row_gradient(rotated + each * width, x + each * width, gain, scales[each], width,
                           dx + each * width);
  }
  gains.put(start, m, rotated, x, scales);
}

}  // namespace

/**
 * gradients of rotated query, rotated key, value, residual; x, query, key, positions, norm, norms
 * of queries and keys (0: none); dx, normed, dquery, dkey, dnorm, dqueryNorm, dkeyNorm; rows, D,
 * heads, key/value heads, headDim, epsilon, inverse frequencies; the layers query, key, value.
 */
void qkvProjectionGrad(const Args& args) {
  const float *dRotatedQ = args.floats(0), *dRotatedK = args.floats(1), *dv = args.floats(2),
              *dresidual = args.floats(3);
  const float *x = args.floats(4), *q = args.floats(5), *k = args.floats(6), *norm = args.floats(8),
              *queryNorm = args.floats(9), *keyNorm = args.floats(10);
  const int32_t* positions = args.ints(7);
  float *dx = args.floats(11), *normed = args.floats(12), *dq = args.floats(13),
        *dk = args.floats(14);
  const size_t rows = args.size(18), width = args.size(19);
  const Heads heads{args.size(20), args.size(21), args.size(22)};
  const float epsilon = args.real(23);
  const auto table = rotary_table(args.floats(24), heads.width / 2, positions, rows);
  const Layers layers = layers_at(args, 25);
  const size_t queries = heads.queries(), keys = heads.keys(), weights = weights_of(width, heads);
  Layouts layouts(weights, queries > width ? queries : width, layers.rank());
  const LaidOut query = layouts.straight(layers.query, queries, width),
                key = layouts.straight(layers.key, keys, width),
                value = layouts.straight(layers.value, keys, width);
  GainSums gains(scratch_rows, rows, 1, width),
      queryGains(scratch_keys, rows, heads.heads, heads.width),
      keyGains(scratch_values, rows, heads.groups, heads.width);
  each_block(rows, weights, [&](size_t start, size_t m) {
    float* dnormed = scratch(scratch_main, m * (width + queries + heads.heads + 1));
    float *rotated = dnormed + m * width, *scales = rotated + m * queries;
    float *ownQ = dq + start * queries, *ownK = dk + start * keys;
    rotate_rows_gradient(start, m, heads.heads, heads.width, dRotatedQ + start * queries,
                         q + start * queries, queryNorm, epsilon, *table, positions + start, ownQ,
                         queryGains, rotated, scales);
    rotate_rows_gradient(start, m, heads.groups, heads.width, dRotatedK + start * keys,
                         k + start * keys, keyNorm, epsilon, *table, positions + start, ownK,
                         keyGains, rotated, scales);
    linear_rows_gradient(m, ownQ, query, dnormed);
    linear_rows_gradient(m, ownK, key, dnormed, true);
    linear_rows_gradient(m, dv + start * keys, value, dnormed, true);
    const size_t at = start * width;
    norm_rows_gradient(start, m, width, epsilon, dnormed, x + at, norm, dresidual + at, normed + at,
                       dx + at, gains, scales);
  });
  gains.add_up(args.floats(15));
  if (queryNorm) queryGains.add_up(args.floats(16));
  if (keyNorm) keyGains.add_up(args.floats(17));
}

}  // namespace ICRL_NAMESPACE
