// Rows of a matrix: norms, rotary embedding, the gate of the feed-forward part. A row, a head or
// sixteen elements a half-warp.
#pragma once
#include "kernel.h"
#include "../kernels/rotate-row.h"

namespace icrl_cuda {

ICRL_KERNEL(rms_norm, rms_norm_parameters, 256) {
  const size_t row = half_warp_index();
  if (row >= a.rows) return;
  norm_row(a.x + row * a.width, a.gain, a.epsilon, a.width, a.y + row * a.width);
}

ICRL_KERNEL(rms_norm_grad, rms_norm_grad_parameters, 256) {
  const size_t row = half_warp_index();
  if (row >= a.rows) return;
  const size_t at = row * a.width;
  const float scale = inverse_root(a.x + at, a.width, a.epsilon);
  if (a.normed) normalize_row(a.x + at, a.gain, scale, a.width, a.normed + at);
  normalize_row_gradient(a.dy + at, a.x + at, a.gain, scale, a.width, a.dx + at);
  if (a.dresidual) add_row(a.dresidual + at, a.width, a.dx + at);
  if (leads()) a.scales[row] = scale;
}

/** A column a thread, rows ascending; a block of rows a row of the grid. */
ICRL_KERNEL(gain_grad, gain_grad_parameters, 128) {
  const size_t i = thread_index(), start = blockIdx.y * a.each;
  if (i >= a.width) return;
  const size_t end = start + a.each < a.rows ? start + a.each : a.rows;
  float total = 0.0f;
#pragma unroll 8
  for (size_t row = start; row < end; row++)
    total = fma(a.dy[row * a.width + i], a.x[row * a.width + i] * a.scales[row], total);
  a.sums[blockIdx.y * a.width + i] = total;
}

ICRL_KERNEL(add_up, add_up_parameters, 128) {
  const size_t i = thread_index();
  if (i >= a.width) return;
  float total = 0.0f;
  for (size_t row = 0; row < a.count; row++) total = total + a.x[row * a.width + i];
  a.y[i] = total;
}

ICRL_KERNEL(rotate, rotate_parameters, 256) {
  const size_t head = half_warp_index();
  if (head >= a.rows * a.heads) return;
  float* y = a.y + head * a.width;
  rotate_row(a.x + head * a.width, a.gain, a.epsilon, 1, a.width,
             a.angles + head / a.heads * a.width, y, y);
}

ICRL_KERNEL(rotate_back, rotate_back_parameters, 256) {
  const size_t head = half_warp_index();
  if (head >= a.rows * a.heads) return;
  turn(a.dy + head * a.width, a.angles + head / a.heads * a.width, -1.0f, a.width / 2,
       a.dx + head * a.width);
}

/** How many of `elements` the half-warp at `at` has. */
ICRL_INLINE size_t lanes_at(size_t at, size_t elements) {
  return elements - at < 16 ? elements - at : 16;
}

ICRL_KERNEL(swiglu, swiglu_parameters, 256) {
  const size_t at = half_warp_index() * 16;
  if (at >= a.elements) return;
  activate(a.gate + at, a.up + at, lanes_at(at, a.elements), a.y + at);
}

ICRL_KERNEL(swiglu_grad, swiglu_grad_parameters, 256) {
  const size_t at = half_warp_index() * 16;
  if (at >= a.elements) return;
  activate_gradient(a.dy + at, a.gate + at, a.up + at, lanes_at(at, a.elements), a.dgate + at,
                    a.dup + at, a.y ? a.y + at : nullptr);
}

ICRL_KERNEL(add, add_parameters, 256) {
  const size_t i = thread_index();
  if (i < a.elements) a.y[i] = a.x[i] + a.y[i];
}

ICRL_KERNEL(add_bias, add_bias_parameters, 256) {
  const size_t i = thread_index();
  if (i < a.rows * a.width) a.y[i] = a.y[i] + a.x[i % a.width];
}

ICRL_KERNEL(scale, scale_parameters, 256) {
  const size_t i = thread_index();
  if (i < a.elements) a.y[i] = a.y[i] * a.factor;
}

}  // namespace icrl_cuda
