// Attention of the newest token of each sequence, for the op and for decode steps.
#pragma once
#include "products.h"

namespace icrl_gpu {

struct Shape {
  int heads, groups, width;
  float scale;
};

/** Bytes of the keys of a page; a row has `width` numbers. */
size_t page_bytes(size_t width, bool bf16);
/** Throws unless attention of this shape reads such pages. */
void check_pages(const char* op, const Shape& shape, bool bf16);

/** Rows of a step, on the device: what each attends to, and where its key and value go. */
struct TokenRows {
  size_t count;
  const AttentionTask* tasks;
  const CachePage* pages;
  const int32_t *places, *rows;
};
/** Writes the keys and values of the rows, then attends. */
void attend_tokens(const Shape& shape, const TokenRows& rows, const float* q, const float* k,
                   const float* v, float* out);

}  // namespace icrl_gpu
