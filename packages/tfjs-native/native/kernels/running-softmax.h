// The softmax of a row of scores whose keys come block by block.
#pragma once
#include "../isa/math.h"

namespace ICRL_NAMESPACE {

/** Softmax in progress of one row: the largest score so far and Σ e^(score − largest). */
struct Running {
  float largest = -__builtin_inff(), total = 0.0f;
};

/**
 * Turns a row's scores of one block into weights, in place: `n` of them exist, the others up to
 * `width` become 0. Returns the factor for the sums so far.
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

/**
 * A row's sums, divided. Adding 0 makes a sum of −0 the same as one of +0: keys of weight 0 that a
 * neighbor sees may have passed through it.
 */
ICRL_INLINE F16 finished(F16 sums, const Running& row) { return (sums + zero()) / set1(row.total); }

/** A weight from the saved log-sum-exp, and the gradient of its score from that of the weight. */
ICRL_INLINE F16 weight_again(F16 score, float scale, float logsumexp) {
  return exp(score * set1(scale) - set1(logsumexp));
}
ICRL_INLINE F16 score_gradient(F16 weight, F16 dWeight, float along, float scale) {
  return weight * (dWeight - set1(along)) * set1(scale);
}

}  // namespace ICRL_NAMESPACE
