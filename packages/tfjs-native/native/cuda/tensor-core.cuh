// One step of the tensor cores by a warp: c[16][8] += a[16][16] · b[16][8], bf16 products and
// float32 sums. Nothing computes with it yet: it shows whether a device follows the model in
// shim/tensor-core.h, on which the design of bf16 products rests.
#pragma once
#include "kernel.h"
#if !defined(__CUDACC__)
#include "../shim/tensor-core.h"
#endif

namespace icrl_cuda {

#if defined(__CUDACC__)
ICRL_INLINE void tensor_core_step(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#else
/** Every lane sees the fragments of all others, and computes its four outputs. */
inline void tensor_core_step(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  constexpr unsigned kAll = 0xffffffffu;
  const unsigned self = threadIdx.x % 32;
  uint32_t left[32][4], right[32][2];
  for (unsigned from = 0; from < 32; from++) {
    for (int i = 0; i < 4; i++)
      left[from][i] = static_cast<uint32_t>(shim::exchange(kAll, a[i], from));
    for (int i = 0; i < 2; i++)
      right[from][i] = static_cast<uint32_t>(shim::exchange(kAll, b[i], from));
  }
  for (unsigned o = 0; o < 4; o++) {
    const unsigned row = self / 4 + (o >= 2 ? 8 : 0), column = 2 * (self % 4) + (o & 1);
    uint16_t x[16], y[16];
    for (unsigned k = 0; k < 16; k++) {
      const unsigned pair = k % 8 / 2, shift = 16 * (k & 1), upper = k >= 8 ? 1 : 0;
      x[k] = static_cast<uint16_t>(left[row % 8 * 4 + pair][row / 8 + 2 * upper] >> shift);
      y[k] = static_cast<uint16_t>(right[column * 4 + pair][upper] >> shift);
    }
    c[o] = tensor_core::step(x, y, c[o]);
  }
}
#endif

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
