// Drawing tokens from hidden states, for the op and for decode steps.
#pragma once
#include "products.h"

namespace icrl_gpu {

/** How a token of each row is drawn, and where it goes: all on the device. */
struct DrawRows {
  size_t rows;
  const float* temperatures;
  const double* uniforms;
  const int32_t* topK;
  const float* topP;
  bool filters;  // any of them
  int32_t* ids;
  float* logprobs;
};
/** Whether any of these rows, on the processor, keeps some of its tokens only. */
bool any_filter(const int32_t* topK, const float* topP, size_t rows);
/** From `hidden[rows][width]` and `weight[vocabulary][width]`. */
void draw_rows(const float* hidden, const Matrix& weight, size_t vocabulary, size_t width,
               const DrawRows& draw);

}  // namespace icrl_gpu
