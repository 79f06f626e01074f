// The head on the tensor cores (cuda/head-bf16.cuh).
#pragma once
#include "products.h"

namespace icrl_gpu {

void token_log_probability_bf16(const Args& args);
void token_log_probability_gradient_bf16(const Args& args);

/** `logits[rows][vocabulary] = hidden · weightᵀ`, with the weight in `weight[vocabulary][width]`.
 */
void kept_logits_bf16(size_t rows, size_t vocabulary, size_t width, const float* hidden,
                      const Matrix& weight, float* logits);

/** Of rows whose logits are kept; `running`: of the vocabulary's parts. All null where not used. */
struct KeptSoftmax {
  float *running, *logsumexp, *largest;
};
KeptSoftmax kept_softmax(Working& working, size_t rows, size_t vocabulary);
/**
 * Divides the logits by the temperatures that are not 0, and gives the log-sum-exp that scoring has
 * of the same row.
 */
void softmax_of_logits(float* logits, const float* temperatures, size_t rows, size_t vocabulary,
                       const KeptSoftmax& softmax);

}  // namespace icrl_gpu
