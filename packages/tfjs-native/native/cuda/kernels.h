// The kernels of a GPU in float32: a struct each for its arguments, and their list. Host code,
// device code and the model of a GPU on a processor read this file.
#pragma once
#include <cstddef>
#include <cstdint>

#include "decode-parameters.h"
#include "head-parameters.h"

/** Where neighbors along each dimension of a broadcast lie, in elements. */
struct Walk {
  static constexpr int kMaxRank = 10;
  int rank;
  int32_t shape[kMaxRank], aStrides[kMaxRank], bStrides[kMaxRank];
};

// Rows of a matrix. `rows` counts vectors of `width` numbers, one after another.
struct rms_norm_parameters {
  const float *x, *gain;
  float* y;
  size_t rows, width;
  float epsilon;
};
/** `dresidual` is added to dx, and `normed` is x̂ · gain; either may be null. */
struct rms_norm_grad_parameters {
  const float *dy, *x, *gain, *dresidual;
  float *normed, *dx, *scales;
  size_t rows, width;
  float epsilon;
};
/** Sums of `each` rows: `sums[ceil(rows / each)][width]`. */
struct gain_grad_parameters {
  const float *dy, *x, *scales;
  float* sums;
  size_t rows, width, each;
};
/** y[width] = Σ of `count` rows in order. */
struct add_up_parameters {
  const float* x;
  float* y;
  size_t count, width;
};
/** `angles[rows][width]`: cosines, then sines. A gain (or null) norms each head first. y may be x.
 */
struct rotate_parameters {
  const float *x, *gain, *angles;
  float* y;
  size_t rows, heads, width;
  float epsilon;
};
struct rotate_back_parameters {
  const float *dy, *angles;
  float* dx;
  size_t rows, heads, width;
};
struct swiglu_parameters {
  const float *gate, *up;
  float* y;
  size_t elements;
};
/** `y`: what the forward pass gave; may be null. */
struct swiglu_grad_parameters {
  const float *dy, *gate, *up;
  float *dgate, *dup, *y;
  size_t elements;
};
/** y += x */
struct add_parameters {
  const float* x;
  float* y;
  size_t elements;
};
/** y[rows][width] += x[width] */
struct add_bias_parameters {
  const float* x;
  float* y;
  size_t rows, width;
};
struct scale_parameters {
  float* y;
  size_t elements;
  float factor;
};

// Elements.
struct unary_parameters {
  const float* x;
  float* y;
  size_t elements, op;
  float p, q;
};
/** y holds floats, or bytes if `op` is a comparison. */
struct binary_parameters {
  const float *a, *b;
  void* y;
  size_t elements, op;
  Walk walk;
};
struct select_where_parameters {
  const uint8_t* condition;
  const float *yes, *no;
  float* y;
  size_t elements, each;
};
struct reduce_rows_parameters {
  const float* x;
  float* y;
  size_t op, rows, width;
};
struct reduce_columns_parameters {
  const float* x;
  float* y;
  size_t op, outer, count, inner;
};
struct softmax_rows_parameters {
  const float* x;
  float* y;
  size_t rows, width;
};
/** Words of four bytes: y[o][i][·] = x[o][indices[i]][·]. */
struct gather_rows_parameters {
  const uint32_t* x;
  const int32_t* indices;
  uint32_t* y;
  size_t outer, rows, count, inner;
};
/** Without ids: the rows in order. */
struct gather_bf16_parameters {
  const uint16_t* weight;
  const int32_t* ids;
  float* y;
  size_t count, width, stride;
};
/** Elements of `bytes` bytes (4 or 1), a walk's a to its b. */
struct copy_blocks_parameters {
  const void* from;
  void* to;
  size_t elements, bytes;
  Walk walk;
};
struct fill_parameters {
  void* to;
  size_t elements, bytes;
  uint32_t bits;
};
struct cast_parameters {
  const void* from;
  void* to;
  size_t elements, fromType, toType;
};

/**
 * `c[m][n] (+)= a · b` for each of a batch. Element (i, p) of a is at `i · aRow + p · aStep`,
 * element (p, j) of b at `p · bStep + j · bColumn`. b is float32, or bf16 where `halves` is not
 * null.
 */
struct product_parameters {
  size_t m, n, k;
  const float* a;
  size_t aRow, aStep, aNext;
  const float* b;
  const uint16_t* halves;
  size_t bStep, bColumn, bNext;
  float* c;
  size_t ldc, cNext;
  bool accumulate;
};
/**
 * `c (+)= a · bᵀ` for each of a batch, on the tensor cores: a `[m][k]` and b `[n][k]` in rows of
 * bf16 that begin at multiples of 16 bytes; c is float32, element (i, j) at `i · cRow + j ·
 * cColumn`.
 */
struct product_bf16_parameters {
  size_t m, n, k;
  const uint16_t* a;
  size_t aRow, aNext;
  const uint16_t* b;
  size_t bRow, bNext;
  float* c;
  size_t cRow, cColumn, cNext;
  bool accumulate;
};
/** `c (+)= a · bᵀ` as above, of operands that the copy engine brings. */
struct product_wgmma_parameters {
  TensorMap a, b;
  size_t m, n, k;
  float* c;
  size_t cRow, cColumn;
  bool accumulate;
};
/**
 * y `[rows][stride]`: x rounded to bf16, or copied from `halves`, zeros behind k. Element (i, p) of
 * x is at `i · row + p · step`.
 */
struct round_operand_parameters {
  const float* floats;
  const uint16_t* halves;
  size_t row, step, next;
  uint16_t* y;
  size_t rows, k, stride, yNext;
};

struct attention_parameters {
  const float *q, *k, *v;
  float *out, *logsumexp;  // logsumexp may be null
  int heads, groups, width;
  float scale;
  const AttentionTask* tasks;
  const int32_t* chains;
  const CachePage* pages;  // where keys and values come from, or null: from k and v
  int together;  // heads of a group that a block of `flash_*` takes; they read its keys once
};
/** along[row][head] = dOut · out */
struct attention_along_parameters {
  const float *dOut, *out;
  float* along;
  size_t rows, width;
};
struct attention_dq_parameters {
  const float *dOut, *q, *k, *v, *logsumexp, *along;
  float* dq;
  int heads, groups, width;
  float scale;
  const AttentionTask* tasks;
  const int32_t* chains;
  int together;  // as above
};
/** Keys from packed row `row` at `position` of their chain, and the segments that see them. */
struct KeyTask {
  int32_t row, rows, position, segments, count;
};
/** `before` keys come before the first of `rows` rows from packed row `row`. */
struct SegmentRows {
  int32_t row, rows, before;
};
struct attention_dkv_parameters {
  const float *dOut, *q, *k, *v, *logsumexp, *along;
  float *dk, *dv;
  int heads, groups, width;
  float scale;
  const KeyTask* tasks;
  const SegmentRows* segments;
};

/** Row `id` of y: Σ of dy's rows `order[starts[id] … starts[id + 1])`, or added to what is there.
 */
struct embedding_grad_parameters {
  const float* dy;
  const int32_t *order, *starts;
  float* y;
  size_t rows, width;
  bool adds;
};
struct adamw_parameters {
  float gradientScale, beta1, rest1, beta2, rest2, bias1, bias2, epsilon, rate, keep;
  const float* gradient;
  void *parameter, *first, *second;
  int16_t* low;  // or null: the parameter is float32
  float *firstScales, *secondScales;
  size_t elements, columns, stride, momentBits;
  uint32_t key;
};
/** `count` steps: a `[16][16]` in rows and b `[16][8]` in columns, bf16; c `[16][8]` is added to.
 */
struct tensor_core_steps_parameters {
  const uint16_t *a, *b;
  float* c;
  size_t count;
};

// clang-format off
/** Name, arguments, threads of a block. `attention_N`: heads of up to 16 · N numbers;
 * `flash_N`: of up to N. */
#define ICRL_KERNELS(X) \
  X(rms_norm, rms_norm_parameters, 256) \
  X(rms_norm_grad, rms_norm_grad_parameters, 256) \
  X(gain_grad, gain_grad_parameters, 128) \
  X(add_up, add_up_parameters, 128) \
  X(rotate, rotate_parameters, 256) \
  X(rotate_back, rotate_back_parameters, 256) \
  X(swiglu, swiglu_parameters, 256) \
  X(swiglu_grad, swiglu_grad_parameters, 256) \
  X(add, add_parameters, 256) \
  X(add_bias, add_bias_parameters, 256) \
  X(scale, scale_parameters, 256) \
  X(unary, unary_parameters, 256) \
  X(binary, binary_parameters, 256) \
  X(select_where, select_where_parameters, 256) \
  X(reduce_rows, reduce_rows_parameters, 256) \
  X(reduce_columns, reduce_columns_parameters, 128) \
  X(softmax_rows, softmax_rows_parameters, 256) \
  X(gather_rows, gather_rows_parameters, 256) \
  X(gather_bf16, gather_bf16_parameters, 256) \
  X(write_pages, write_pages_parameters, 256) \
  X(decode_pages, decode_pages_parameters, 256) \
  X(decode_prepare, decode_prepare_parameters, 256) \
  X(decode_advance, decode_advance_parameters, 256) \
  X(copy_blocks, copy_blocks_parameters, 256) \
  X(fill, fill_parameters, 256) \
  X(cast, cast_parameters, 256) \
  X(product_16, product_parameters, 128) \
  X(product_64, product_parameters, 256) \
  X(product_128, product_parameters, 256) \
  X(product_bf16_8, product_bf16_parameters, 128) \
  X(product_bf16_32, product_bf16_parameters, 128) \
  X(product_bf16_64, product_bf16_parameters, 128) \
  X(product_bf16_128, product_bf16_parameters, 256) \
  X(product_wgmma, product_wgmma_parameters, 384) \
  X(round_operand, round_operand_parameters, 256) \
  X(attention_1, attention_parameters, 256) \
  X(attention_2, attention_parameters, 256) \
  X(attention_4, attention_parameters, 256) \
  X(attention_8, attention_parameters, 256) \
  X(attention_16, attention_parameters, 256) \
  X(attention_along, attention_along_parameters, 256) \
  X(attention_dq_1, attention_dq_parameters, 256) \
  X(attention_dq_2, attention_dq_parameters, 256) \
  X(attention_dq_4, attention_dq_parameters, 256) \
  X(attention_dq_8, attention_dq_parameters, 256) \
  X(attention_dq_16, attention_dq_parameters, 256) \
  X(attention_dkv_1, attention_dkv_parameters, 256) \
  X(attention_dkv_2, attention_dkv_parameters, 256) \
  X(attention_dkv_4, attention_dkv_parameters, 256) \
  X(attention_dkv_8, attention_dkv_parameters, 256) \
  X(attention_dkv_16, attention_dkv_parameters, 256) \
  X(flash_16, attention_parameters, 128) \
  X(flash_32, attention_parameters, 128) \
  X(flash_64, attention_parameters, 128) \
  X(flash_128, attention_parameters, 128) \
  X(flash_dq_16, attention_dq_parameters, 128) \
  X(flash_dq_32, attention_dq_parameters, 128) \
  X(flash_dq_64, attention_dq_parameters, 128) \
  X(flash_dq_128, attention_dq_parameters, 128) \
  X(flash_dkv_16, attention_dkv_parameters, 128) \
  X(flash_dkv_32, attention_dkv_parameters, 128) \
  X(flash_dkv_64, attention_dkv_parameters, 128) \
  X(flash_dkv_128, attention_dkv_parameters, 128) \
  X(absorb_logits, absorb_logits_parameters, 256) \
  X(absorb_parts, absorb_parts_parameters, 256) \
  X(finish_logits, finish_logits_parameters, 256) \
  X(logit_grad, logit_grad_parameters, 256) \
  X(head_softmax_mma, head_softmax_parameters, 128) \
  X(head_softmax_wgmma, head_softmax_wgmma_parameters, 384) \
  X(head_slopes_mma, head_slopes_parameters, 128) \
  X(head_slopes_wgmma, head_slopes_wgmma_parameters, 384) \
  X(sample_row, sample_row_parameters, 256) \
  X(embedding_grad, embedding_grad_parameters, 256) \
  X(adamw, adamw_parameters, 256) \
  X(adamw_packed, adamw_parameters, 256) \
  X(tensor_core_steps, tensor_core_steps_parameters, 128)
// clang-format on

enum KernelIndex {
#define ICRL_INDEX(name, args, threads) kernel_##name,
  ICRL_KERNELS(ICRL_INDEX)
#undef ICRL_INDEX
      kernel_count
};

/** A kernel as host code launches it: A is the type of its arguments. */
template <typename A>
struct Kernel {
  KernelIndex index;
  unsigned threads;
};

namespace kernels {
#define ICRL_HANDLE(name, args, threads) constexpr Kernel<args> name{kernel_##name, threads};
ICRL_KERNELS(ICRL_HANDLE)
#undef ICRL_HANDLE
}  // namespace kernels

/** Shared memory of the attention kernels; 16 query rows or keys at once, 64 keys or 32 rows. */
constexpr int kKeysAtOnce = 64, kQueriesAtOnce = 16, kGradientRows = 32;
constexpr size_t attention_shared(size_t width) {
  return sizeof(float) * (width * (kKeysAtOnce + 1) + kKeysAtOnce * width + kQueriesAtOnce * width +
                          kQueriesAtOnce * kKeysAtOnce);
}
constexpr size_t attention_dq_shared(size_t width) {
  return sizeof(float) * (2 * width * (kKeysAtOnce + 1) + 2 * kQueriesAtOnce * width +
                          kQueriesAtOnce * kKeysAtOnce);
}
constexpr size_t attention_dkv_shared(size_t width) {
  return sizeof(float) * (2 * kGradientRows * (width + 1) + 2 * kQueriesAtOnce * width +
                          2 * kQueriesAtOnce * kGradientRows);
}
/** Rows and columns of a tile of `product_*`, and its steps of k. */
constexpr size_t product_shared(size_t rows, size_t columns, size_t steps) {
  return sizeof(float) * steps * (rows + 4 + columns + 4);
}
/** Steps of k of a tile of `product_bf16_*` in shared memory, and bf16s from row to row of it. */
constexpr int kBf16ProductSteps = 64, kBf16TileStride = kBf16ProductSteps + 8;
constexpr size_t product_bf16_shared(size_t rows, size_t columns) {
  return sizeof(uint16_t) * (rows + columns) * kBf16TileStride;
}
/** Rows that the copy engine brings at once, and tiles on their way. */
constexpr int kWarpgroupTile = 128, kWarpgroupStages = 4;
/** Of tiles with 128 rows and `columns` times 128 columns. */
constexpr size_t warpgroup_shared(size_t columns) {
  return kWarpgroupStages * ((1 + columns) * sizeof(uint16_t) * kWarpgroupTile * kBf16ProductSteps +
                             2 * sizeof(uint64_t));
}
/** What a block of `round_operand` takes. */
constexpr int kRoundedRows = 32, kRoundedDepth = 64;
constexpr size_t kRoundedShared = sizeof(uint16_t) * kRoundedRows * (kRoundedDepth + 2);

/** Keys, and query rows or keys of a block, that `flash_*` takes at once; query rows of its dkv. */
constexpr int kFlashKeys = 64, kFlashRows = 64, kFlashGradientRows = 32;
/** Of tiles with `width` numbers a row, and of those with the rows beside each other. */
constexpr size_t flash_tiles(size_t rows, size_t columns, size_t column_rows, size_t width) {
  return sizeof(uint16_t) * (rows * (width + 8) + columns * width * (column_rows + 8));
}
constexpr size_t flash_shared(size_t width) {
  return flash_tiles(kFlashKeys + kFlashRows, 1, kFlashKeys, width);
}
constexpr size_t flash_dq_shared(size_t width) {
  return flash_tiles(2 * kFlashKeys + 2 * kFlashRows, 1, kFlashKeys, width);
}
constexpr size_t flash_dkv_shared(size_t width) {
  return flash_tiles(2 * kFlashRows + 2 * kFlashGradientRows, 2, kFlashGradientRows, width);
}
