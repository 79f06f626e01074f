// Drawing a token from a row of logits.
#pragma once
#include "log-softmax.h"

namespace ICRL_NAMESPACE {

/** How a row's token is drawn: temperature 0 takes the largest logit; topK 0 and topP 1 are off. */
struct Draw {
  float temperature;
  double uniform;
  int32_t topK;
  float topP;
};

/**
 * Draws a token from `z[vocabulary]`, which it changes; the id is −1 if the logits are not finite.
 */
void sample_row(float* z, size_t vocabulary, const Draw& draw, int32_t* id, float* logprob);

/** Logits held at once. */
constexpr size_t kLogitsAtOnce = size_t{1} << 22;
ICRL_INLINE size_t logit_rows(size_t rows, size_t vocabulary) {
  const size_t most = kLogitsAtOnce / (vocabulary + 1) + 1;
  return rows < most ? rows : most;
}

}  // namespace ICRL_NAMESPACE
