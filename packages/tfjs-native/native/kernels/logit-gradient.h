// The gradient of a token's log-probability and of the entropy with respect to a row of logits.
#pragma once
#include "row-norm.h"

namespace ICRL_NAMESPACE {

/** What the gradient with respect to a row's logits is made of; they are divided by `temperature`.
 */
struct LogitGradient {
  float dlogprob, dentropy, logsumexp, entropy, temperature;

  /** Of entries that are not the target. */
  ICRL_DEVICE F16 of_others(F16 z) const {
    const F16 logp = z - set1(logsumexp), p = exp(logp);
    F16 gradient = zero() - set1(dlogprob) * p;
    if (dentropy != 0.0f)
      gradient =
          gradient - set1(dentropy) * select(equal(p, zero()), zero(), p * (logp + set1(entropy)));
    return gradient / set1(temperature);
  }
  ICRL_DEVICE float of_target(float z) const {
    const float logp = z - logsumexp, p = exp(logp);
    float gradient = dlogprob * (1.0f - p);
    if (dentropy != 0.0f) gradient = gradient - dentropy * (p * (logp + entropy));
    return gradient / temperature;
  }
};

/** Replaces one row's logits of a block by the gradient of the objective with respect to them. */
ICRL_FUNCTION void logit_gradient(float* z, size_t n, size_t v0, size_t target,
                                  const LogitGradient& row) {
  const bool inside = target >= v0 && target < v0 + n;
  const float own = inside ? z[target - v0] : 0.0f;
  sync_lanes();
  for_vectors(n, [&](size_t i, size_t lanes) {
    store_lanes(z + i, row.of_others(load_lanes(z + i, lanes)), lanes);
  });
  sync_lanes();
  if (inside && leads()) z[target - v0] = row.of_target(own);
}

}  // namespace ICRL_NAMESPACE
