// The softmax of a row of logits while they are computed block by block: its log-sum-exp and
// entropy without keeping them. Scoring and sampling both come through here, so that a token's
// log-probability has the same bits in both.
#pragma once
#include "row-norm.h"

namespace ICRL_NAMESPACE {

/** Logits taken at once by the running sums; part of the definition of the result. */
constexpr size_t kLogitUnit = 256;

/** Of one row: the largest logit, Σ e^(z − largest) and Σ e^(z − largest) (z − largest). */
struct RunningSoftmax {
  float largest = -__builtin_inff(), total = 0.0f, weighted = 0.0f;

  ICRL_DEVICE float logsumexp() const { return largest + log(total); }
  ICRL_DEVICE float entropy() const { return log(total) - weighted / total; }
  /** Makes `now` the largest, which is no smaller than what it was. */
  ICRL_DEVICE void rise_to(float now) {
    if (total != 0.0f && now != largest) {
      const float correction = exp(largest - now);
      weighted = (weighted + (largest - now) * total) * correction;
      total = total * correction;
    }
    largest = now;
  }
};

/** z / temperature, in place. */
ICRL_INLINE void divide_row(float* z, size_t n, float temperature) {
  if (temperature == 1.0f) return;
  for_vectors(n, [&](size_t i, size_t lanes) {
    store_lanes(z + i, load_lanes(z + i, lanes) / set1(temperature), lanes);
  });
}

/**
 * Takes in the next `n` logits of a row; in all calls for a row but the last, n is a multiple of
 * `kLogitUnit`.
 */
ICRL_FUNCTION void absorb_logits(const float* z, size_t n, bool entropy, RunningSoftmax& row) {
  const F16 lowest = set1(-__builtin_inff());
  for (size_t u = 0; u < n; u += kLogitUnit) {
    const float* unit = z + u;
    const size_t count = n - u < kLogitUnit ? n - u : kLogitUnit;
    F16 top = lowest;
    for_vectors(count, [&](size_t i, size_t lanes) {
      top =
          max(lanes == 16 ? load(unit + i) : select(first(lanes), load_n(unit + i, lanes), lowest),
              top);
    });
    const float block = largest(top), now = block > row.largest ? block : row.largest;
    F16 total = zero(), weighted = zero();
    for_vectors(count, [&](size_t i, size_t lanes) {
      const F16 below = load_lanes(unit + i, lanes) - set1(now);
      const F16 mass = lanes == 16 ? exp(below) : select(first(lanes), exp(below), zero());
      total = total + mass;
      // A logit of −∞ has no mass: 0 · −∞ must count as 0.
      if (entropy) weighted = weighted + select(equal(mass, zero()), zero(), mass * below);
    });
    row.rise_to(now);
    row.total = row.total + sum(total);
    row.weighted = row.weighted + sum(weighted);
  }
}

}  // namespace ICRL_NAMESPACE
