// Elementwise functions, reductions, and kernels that only move elements.
#pragma once
#include "kernel.h"
#include "../kernels/cast-element.h"
#include "../kernels/reduce-row.h"

namespace icrl_cuda {

/** Where output element i lies in an operand. */
ICRL_INLINE size_t offset_of(const Walk& walk, const int32_t* strides, size_t i) {
  size_t at = 0;
  for (int d = walk.rank - 1; d >= 0; d--) {
    const size_t size = static_cast<size_t>(walk.shape[d]);
    at += i % size * static_cast<size_t>(strides[d]);
    i /= size;
  }
  return at;
}

ICRL_KERNEL(unary, unary_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.elements) return;
  with_unary(a.op, set1(a.p), set1(a.q), [&](double, auto f) { a.y[i] = f(set1(a.x[i])).v; });
}

ICRL_KERNEL(binary, binary_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.elements) return;
  const F16 left = set1(a.a[offset_of(a.walk, a.walk.aStrides, i)]),
            right = set1(a.b[offset_of(a.walk, a.walk.bStrides, i)]);
  if (a.op < kFirstComparison)
    with_binary(a.op, [&](auto f) { static_cast<float*>(a.y)[i] = f(left, right).v; });
  else with_comparison(a.op, [&](auto f) { static_cast<uint8_t*>(a.y)[i] = f(left, right).v; });
}

ICRL_KERNEL(select_where, select_where_parameters, 256) {
  const size_t i = thread_index();
  if (i < a.elements) a.y[i] = a.condition[i / a.each] ? a.yes[i] : a.no[i];
}

ICRL_KERNEL(reduce_rows, reduce_rows_parameters, 256) {
  const size_t row = half_warp_index();
  if (row >= a.rows) return;
  const float result = reduce_row(a.x + row * a.width, a.width, static_cast<Reduction>(a.op));
  if (leads()) a.y[row] = result;
}

/** A column a thread. */
ICRL_KERNEL(reduce_columns, reduce_columns_parameters, 128) {
  const size_t i = thread_index();
  if (i >= a.outer * a.inner) return;
  const Reduction kind = static_cast<Reduction>(a.op);
  const float* from = a.x + i / a.inner * a.count * a.inner + i % a.inner;
  F16 total = kind <= reduce_mean ? zero() : set1(*from);
  for (size_t n = 0; n < a.count; n++) total = reduce_column(total, set1(from[n * a.inner]), kind);
  if (kind == reduce_mean) total = total / set1(static_cast<float>(a.count));
  a.y[i] = total.v;
}

ICRL_KERNEL(softmax_rows, softmax_rows_parameters, 256) {
  const size_t row = half_warp_index();
  if (row < a.rows) softmax_row(a.x + row * a.width, a.width, a.y + row * a.width);
}

ICRL_KERNEL(gather_rows, gather_rows_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.outer * a.count * a.inner) return;
  const size_t column = i % a.inner, row = i / a.inner, index = row % a.count;
  const size_t from = row / a.count * a.rows + static_cast<size_t>(a.indices[index]);
  a.y[i] = a.x[from * a.inner + column];
}

ICRL_KERNEL(gather_bf16, gather_bf16_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.count * a.width) return;
  const size_t row = a.ids ? static_cast<size_t>(a.ids[i / a.width]) : i / a.width;
  a.y[i] =
      __int_as_float(static_cast<int32_t>(uint32_t{a.weight[row * a.stride + i % a.width]} << 16));
}

ICRL_KERNEL(copy_blocks, copy_blocks_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.elements) return;
  const size_t from = offset_of(a.walk, a.walk.aStrides, i),
               to = offset_of(a.walk, a.walk.bStrides, i);
  if (a.bytes == 4) static_cast<uint32_t*>(a.to)[to] = static_cast<const uint32_t*>(a.from)[from];
  else static_cast<uint8_t*>(a.to)[to] = static_cast<const uint8_t*>(a.from)[from];
}

ICRL_KERNEL(fill, fill_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.elements) return;
  if (a.bytes == 4) static_cast<uint32_t*>(a.to)[i] = a.bits;
  else static_cast<uint8_t*>(a.to)[i] = static_cast<uint8_t>(a.bits);
}

ICRL_KERNEL(cast, cast_parameters, 256) {
  const size_t i = thread_index();
  if (i < a.elements) cast_element(a.from, a.fromType, a.to, a.toType, i);
}

}  // namespace icrl_cuda
