// A decoder block before and after its attention, for ops and for decode steps.
#pragma once
#include "products.h"

namespace icrl_gpu {

/** Heads of queries, groups of them that share keys and values, and the width of each. */
struct Heads {
  size_t heads, groups, width;

  size_t queries() const { return heads * width; }
  size_t keys() const { return groups * width; }
};

/** Norm, projections and rotary embedding of `rows` rows. */
struct QkvRows {
  size_t rows, width;
  Heads of;
  float epsilon;
  const float *x, *norm, *queryNorm, *keyNorm, *angles;
  Layer query, key, value;
  float *queries, *keys, *values;
  float *rotatedQueries, *rotatedKeys;  // may be those above
};
void project_rows(const QkvRows& a);

/** Output projection, residual, norm and feed-forward part. */
struct MlpRows {
  size_t rows, width, attendedWidth, hidden;
  float epsilon;
  const float *attended, *residual, *norm;
  Layer output, gate, up, down;
  float *middle, *gated, *upped;
  float* y;  // may be the residual
};
void output_and_mlp_rows(const MlpRows& a);

}  // namespace icrl_gpu
