// The gradient of a token's log-probability and of the entropy with respect to a row of logits.
#pragma once
#include "row-norm.h"

namespace ICRL_NAMESPACE {

/** Replaces one row's logits of a block by the gradient of the objective with respect to them. */
ICRL_FUNCTION void logit_gradient(float* z, size_t n, size_t v0, size_t target, float dlogprob,
                                  float dentropy, float logsumexp, float entropy,
                                  float temperature) {
  const F16 d = set1(dlogprob), e = set1(dentropy), shift = set1(logsumexp), spread = set1(entropy),
            t = set1(temperature);
  const bool inside = target >= v0 && target < v0 + n;
  const float own = inside ? z[target - v0] - logsumexp : 0.0f;
  sync_lanes();
  for_vectors(n, [&](size_t i, size_t lanes) {
    const F16 logp = load_lanes(z + i, lanes) - shift, p = exp(logp);
    F16 gradient = zero() - d * p;
    if (dentropy != 0.0f)
      gradient = gradient - e * select(equal(p, zero()), zero(), p * (logp + spread));
    store_lanes(z + i, gradient / t, lanes);
  });
  sync_lanes();
  if (!inside || !leads()) return;
  const float p = exp(own);
  float gradient = dlogprob * (1.0f - p);
  if (dentropy != 0.0f) gradient = gradient - dentropy * (p * (own + entropy));
  z[target - v0] = gradient / temperature;
}

}  // namespace ICRL_NAMESPACE
