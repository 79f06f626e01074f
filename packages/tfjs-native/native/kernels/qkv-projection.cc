// A decoder block up to its attention: norm, projections, rotary embedding.
#include "block-rows.h"
#include "rotate-row.h"
#include "../rotary-table.h"

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
  return {linear_at(args, i, 0), linear_at(args, i, 1), linear_at(args, i, 2)};
}

}  // namespace

/**
 * x, positions, norm, norms of queries and keys (0: none), query, key, value, rotated query,
 * rotated key, rows, D, heads, key/value heads, headDim, epsilon, inverse frequencies, the layers
 * query, key, value.
 */
void qkvProjection(const Args& args) {
  using A = qkvProjection_args;
  const float *x = args.floats(A::x), *norm = args.floats(A::norm),
              *queryNorm = args.floats(A::queryNorm), *keyNorm = args.floats(A::keyNorm);
  const int32_t* positions = args.ints(A::positions);
  float *q = args.floats(A::query), *k = args.floats(A::key), *v = args.floats(A::value),
        *rotatedQ = args.floats(A::rotatedQuery), *rotatedK = args.floats(A::rotatedKey);
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const Heads heads{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim)};
  const float epsilon = args.real(A::epsilon);
  const auto table =
      rotary_table(args.floats(A::inverseFrequencies), heads.width / 2, positions, rows);
  const Layers layers = layers_at(args, A::layers);
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
  using A = qkvProjectionGrad_args;
  const float *dRotatedQ = args.floats(A::drotatedQuery), *dRotatedK = args.floats(A::drotatedKey),
              *dv = args.floats(A::dvalue), *dresidual = args.floats(A::dresidual);
  const float *x = args.floats(A::x), *q = args.floats(A::query), *k = args.floats(A::key),
              *norm = args.floats(A::norm), *queryNorm = args.floats(A::queryNorm),
              *keyNorm = args.floats(A::keyNorm);
  const int32_t* positions = args.ints(A::positions);
  float *dx = args.floats(A::dx), *normed = args.floats(A::normed), *dq = args.floats(A::dquery),
        *dk = args.floats(A::dkey);
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const Heads heads{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim)};
  const float epsilon = args.real(A::epsilon);
  const auto table =
      rotary_table(args.floats(A::inverseFrequencies), heads.width / 2, positions, rows);
  const Layers layers = layers_at(args, A::layers);
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
  gains.add_up(args.floats(A::dnorm));
  if (queryNorm) queryGains.add_up(args.floats(A::dqueryNorm));
  if (keyNorm) keyGains.add_up(args.floats(A::dkeyNorm));
}

}  // namespace ICRL_NAMESPACE
