// Products in float32 in the order of the definition: one accumulator an output, k ascending, fused
// multiply-adds. The tile changes no bit.
#pragma once
#include "kernel.h"

namespace icrl_cuda {

/**
 * A tile of `BM` by `BN` outputs a block of threads, `TM` by `TN` a thread; `BK` steps of k lie in
 * shared memory at once.
 */
template <int BM, int BN, int BK, int TM, int TN>
ICRL_INLINE void product_tile(const product_parameters& a, unsigned char* memory) {
  constexpr int kColumns = BN / TN, kThreads = BM / TM * kColumns;
  constexpr int kLeftStride = BM + 4, kRightStride = BN + 4;
  float* left = reinterpret_cast<float*>(memory);
  float* right = left + BK * kLeftStride;
  const float* const from = a.a + blockIdx.z * a.aNext;
  const size_t bFirst = blockIdx.z * a.bNext;
  float* const c = a.c + blockIdx.z * a.cNext;
  const size_t i0 = size_t{blockIdx.y} * BM, j0 = size_t{blockIdx.x} * BN;
  const int tx = threadIdx.x % kColumns, ty = threadIdx.x / kColumns;
  float acc[TM][TN];
#pragma unroll
  for (int i = 0; i < TM; i++)
#pragma unroll
    for (int j = 0; j < TN; j++) {
      const size_t row = i0 + ty * TM + i, column = j0 + tx * TN + j;
      acc[i][j] = a.accumulate && row < a.m && column < a.n ? c[row * a.ldc + column] : 0.0f;
    }
  const auto step = [&](int p) {
    float l[TM], r[TN];
#pragma unroll
    for (int i = 0; i < TM; i++) l[i] = left[p * kLeftStride + ty * TM + i];
#pragma unroll
    for (int j = 0; j < TN; j++) r[j] = right[p * kRightStride + tx * TN + j];
#pragma unroll
    for (int i = 0; i < TM; i++)
#pragma unroll
      for (int j = 0; j < TN; j++) acc[i][j] = fma(l[i], r[j], acc[i][j]);
  };
  const auto right_at = [&](size_t p, size_t j) {
    const size_t at = bFirst + p * a.bStep + j * a.bColumn;
    return a.halves ? __int_as_float(static_cast<int32_t>(uint32_t{a.halves[at]} << 16)) : a.b[at];
  };
  for (size_t k0 = 0; k0 < a.k; k0 += BK) {
    const int depth = a.k - k0 < BK ? static_cast<int>(a.k - k0) : BK;
    __syncthreads();
    // Neighboring threads read neighboring numbers.
    for (int t = threadIdx.x; t < BM * BK; t += kThreads) {
      const int i = a.aStep == 1 ? t / BK : t % BM, p = a.aStep == 1 ? t % BK : t / BM;
      left[p * kLeftStride + i] =
          i0 + i < a.m && p < depth ? from[(i0 + i) * a.aRow + (k0 + p) * a.aStep] : 0.0f;
    }
    for (int t = threadIdx.x; t < BN * BK; t += kThreads) {
      const int j = a.bStep == 1 ? t / BK : t % BN, p = a.bStep == 1 ? t % BK : t / BN;
      right[p * kRightStride + j] = j0 + j < a.n && p < depth ? right_at(k0 + p, j0 + j) : 0.0f;
    }
    __syncthreads();
    // A step that is not there would turn a sum of −0 into +0.
    if (depth == BK) {
#pragma unroll
      for (int p = 0; p < BK; p++) step(p);
    } else {
      for (int p = 0; p < depth; p++) step(p);
    }
  }
#pragma unroll
  for (int i = 0; i < TM; i++)
#pragma unroll
    for (int j = 0; j < TN; j++) {
      const size_t row = i0 + ty * TM + i, column = j0 + tx * TN + j;
      if (row < a.m && column < a.n) c[row * a.ldc + column] = acc[i][j];
    }
}

ICRL_KERNEL(product_16, product_parameters, 128) {
  ICRL_SHARED;
  product_tile<16, 64, 32, 2, 4>(a, shared_memory);
}
ICRL_KERNEL(product_64, product_parameters, 256) {
  ICRL_SHARED;
  product_tile<64, 64, 16, 4, 4>(a, shared_memory);
}
ICRL_KERNEL(product_128, product_parameters, 256) {
  ICRL_SHARED;
  product_tile<128, 128, 8, 8, 8>(a, shared_memory);
}

}  // namespace icrl_cuda
