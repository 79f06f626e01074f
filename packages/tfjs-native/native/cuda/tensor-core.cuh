// One step of the tensor cores by a warp: c[16][8] += a[16][16] · b[16][8], bf16 products and
// float32 sums (the model: shim/tensor-core.h), and float32 rounded to bf16.
#pragma once
#include "kernel.h"

namespace icrl_cuda {

/** Lane 4g + t holds rows g and g + 8 of a and columns g of b, at k 2t, 2t + 1, 2t + 8, 2t + 9; and
 * of c rows g and g + 8, columns 2t and 2t + 1. */
#if defined(__CUDACC__)
ICRL_INLINE void tensor_core_step(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/** To nearest even: `first` in the lower half of a word, as neighbors lie in memory. */
ICRL_INLINE uint32_t to_bf16s(float first, float second) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
}
#else
/**
 * Every lane sees the fragments of all others, and computes its four outputs. The lanes wait for
 * one another, but what they wrote to memory before is not seen for that.
 */
ICRL_MODEL inline void tensor_core_step(float (&c)[4], const uint32_t (&a)[4],
                                        const uint32_t (&b)[2]) {
  static uint32_t left[32][32][4], right[32][32][2];  // by warp and lane
  const unsigned warp = threadIdx.x / 32, self = threadIdx.x % 32;
  std::memcpy(left[warp][self], a, sizeof a);
  std::memcpy(right[warp][self], b, sizeof b);
  shim::exchange(0xffffffffu, 0, self);
  tensor_core::Part x[2][16], y[2][16];  // its rows and columns
  for (unsigned k = 0; k < 16; k++) {
    const unsigned pair = k % 8 / 2, shift = 16 * (k & 1), upper = k >= 8 ? 1 : 0;
    for (unsigned i = 0; i < 2; i++) {
      const uint32_t row = left[warp][self / 4 * 4 + pair][i + 2 * upper],
                     column = right[warp][(2 * (self % 4) + i) * 4 + pair][upper];
      x[i][k] = tensor_core::of_bf16(static_cast<uint16_t>(row >> shift));
      y[i][k] = tensor_core::of_bf16(static_cast<uint16_t>(column >> shift));
    }
  }
  for (unsigned o = 0; o < 4; o++) c[o] = tensor_core::step(x[o / 2], y[o & 1], c[o], shim::rule);
  shim::exchange(0xffffffffu, 0, self);
}

inline uint32_t to_bf16(float x) {
  const uint32_t bits = static_cast<uint32_t>(__float_as_int(x));
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
inline uint32_t to_bf16s(float first, float second) {
  return to_bf16(first) | to_bf16(second) << 16;
}
#endif

/** Which fragments a lane holds: rows `group` and `group + 8`, neighbors from `2 · pair` on. */
struct LanePlace {
  int group, pair;
};
ICRL_INLINE LanePlace lane_place() {
  const int lane = threadIdx.x % 32;
  return {lane / 4, lane % 4};
}

/** Of four lanes that hold a row together. */
ICRL_INLINE float sum_of_row(float x) {
  x = x + __shfl_xor_sync(0xffffffffu, x, 1);
  return x + __shfl_xor_sync(0xffffffffu, x, 2);
}
ICRL_INLINE float largest_of_row(float x) {
#pragma unroll
  for (int hop = 1; hop <= 2; hop *= 2) {
    const float other = __shfl_xor_sync(0xffffffffu, x, hop);
    x = other > x ? other : x;
  }
  return x;
}

/** A step a warp; a and c in rows, b in columns. */
ICRL_KERNEL(tensor_core_steps, tensor_core_steps_parameters, 128) {
  const size_t step = thread_index() / 32;
  if (step >= a.count) return;
  const unsigned lane = threadIdx.x % 32, row = lane / 4, pair = lane % 4;
  // Two neighboring bf16s are one word.
  const uint32_t* left = reinterpret_cast<const uint32_t*>(a.a + step * 256);
  const uint32_t* right = reinterpret_cast<const uint32_t*>(a.b + step * 128);
  float* out = a.c + step * 128 + row * 8 + 2 * pair;
  const uint32_t x[4] = {left[row * 8 + pair], left[(row + 8) * 8 + pair], left[row * 8 + pair + 4],
                         left[(row + 8) * 8 + pair + 4]};
  const uint32_t y[2] = {right[row * 8 + pair], right[row * 8 + pair + 4]};
  float sums[4] = {out[0], out[1], out[64], out[65]};
  tensor_core_step(sums, x, y);
  out[0] = sums[0];
  out[1] = sums[1];
  out[64] = sums[2];
  out[65] = sums[3];
}

}  // namespace icrl_cuda
