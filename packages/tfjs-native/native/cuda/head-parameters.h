// Arguments of the kernels of the head: log-probabilities, their gradient, and drawing a token.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tensor-map.h"

/**
 * Entries of the vocabulary whose softmax starts anew in `head_softmax_*` and `absorb_parts`: part
 * of the definition of the result. Rows of a block of `head_*_mma`, entries that are multiplied at
 * once, and tiles of rows that take a part of the vocabulary one beside the other.
 */
constexpr size_t kVocabularyPart = 1024;
constexpr int kHeadRows = 64, kHeadColumns = 256, kHeadTilesTogether = 16;

/** Takes `count` logits of each row, from entry v0, into the running softmaxes `[3][rows]`. */
struct absorb_logits_parameters {
  float* logits;
  const int32_t* targets;
  const float* temperatures;
  float *running, *logprobs;
  size_t rows, count, v0;
  bool entropy;
};
/**
 * Merges the softmaxes of a vocabulary's parts, `running[parts][3][rows]`. `logprobs` holds the
 * targets' logits; it, `largest` and `entropies` may be null.
 */
struct finish_logits_parameters {
  const float* running;
  float *logprobs, *logsumexp, *largest, *entropies;
  size_t rows, parts;
  bool entropy;
};
struct logit_grad_parameters {
  float* logits;
  const int32_t* targets;
  const float *dlogprobs, *dentropy, *logsumexp, *entropy, *temperatures;
  size_t rows, count, v0;
};
/**
 * `hidden[rows][width]` and `weight[count][width]` of the vocabulary's entries from `v0` on, in
 * rows of bf16 that begin at multiples of 16 bytes.
 */
struct head_operands {
  const uint16_t* hidden;
  size_t hiddenRow;
  const uint16_t* weight;
  size_t weightRow, rows, count, width, v0;
  const int32_t* targets;
  const float* temperatures;
};
/** Softmaxes of the parts, `running[parts][3][rows]`, and the logits of the targets. */
struct head_softmax_parameters {
  head_operands of;
  float *running, *logprobs;
  bool entropy;
};
/** The gradient with respect to the logits, in bf16: `slopes[rows][slopesRow]`. */
struct head_slopes_parameters {
  head_operands of;
  const float *dlogprobs, *dentropy, *logsumexp, *entropy;  // dentropy may be null
  uint16_t* slopes;
  size_t slopesRow;
};
/** The same of operands that the copy engine brings. */
struct head_softmax_wgmma_parameters {
  TensorMap hidden, weight;
  head_softmax_parameters a;
};
struct head_slopes_wgmma_parameters {
  TensorMap hidden, weight;
  head_slopes_parameters a;
};
/** Of `logits[rows][vocabulary]`, divided by the temperatures that are not 0. */
struct absorb_parts_parameters {
  float* logits;
  const float* temperatures;
  float* running;
  size_t rows, vocabulary;
};
/** `mass[rows][vocabulary]`, `order[rows][places]` (a power of two; null if no row filters). */
struct sample_row_parameters {
  float *logits, *mass;
  int32_t* order;
  size_t vocabulary, places;
  const float *temperatures, *logsumexp, *largest;  // the last two null: not known yet
  const double* uniforms;
  const int32_t* topK;
  const float* topP;
  int32_t* ids;
  float* logprobs;
};

/** What the threads of `sample_row` share, before a double for each unit of the vocabulary. */
struct SampleShared {
  float logsumexp, largest;
  size_t kept;
  float best[256];
  int32_t ids[256];
  double masses[256];
};
