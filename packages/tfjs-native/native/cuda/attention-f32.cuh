// Packed causal attention with the bits of kernels/attention.cc: a query row a half-warp, keys in
// blocks of 64 from position 0 of the sequence.
#pragma once
#include "kernel.h"
#include "../kernels/row-norm.h"
#include "../kernels/running-softmax.h"

namespace icrl_cuda {

/** Packed row of the key at position p. */
ICRL_INLINE size_t key_row(const AttentionTask& task, const int32_t* chains, int p) {
  return static_cast<size_t>(task.chain < 0 ? task.base + p : chains[task.chain + p]);
}

/** Lanes of vector v of a row of `width` numbers. */
ICRL_INLINE size_t lanes_of(int width, int v) {
  const int left = width - 16 * v;
  return left < 16 ? (left < 0 ? 0 : left) : 16;
}

/** `Vectors`: of a head's row. */
template <int Vectors>
ICRL_INLINE void attend_block(const attention_parameters& a, unsigned char* memory) {
  constexpr int kStride = kKeysAtOnce + 1;
  const int width = a.width;
  float* keys = reinterpret_cast<float*>(memory);    // [width][kStride]
  float* values = keys + width * kStride;            // [kKeysAtOnce][width]
  float* queries = values + kKeysAtOnce * width;     // [kQueriesAtOnce][width]
  float* scores = queries + kQueriesAtOnce * width;  // [kQueriesAtOnce][kKeysAtOnce]
  const AttentionTask task = a.tasks[blockIdx.x];
  if (task.rows == 0) return;
  const int head = blockIdx.y, group = head / (a.heads / a.groups);
  const int r = threadIdx.x / 16;
  const bool exists = r < task.rows;
  const int visible = exists ? task.before + r + 1 : 0, longest = task.before + task.rows;
  const size_t query_stride = size_t(a.heads) * width, key_stride = size_t(a.groups) * width;
  const size_t at = size_t(task.row + r) * query_stride + size_t(head) * width;
  float *own = scores + r * kKeysAtOnce, *query = queries + r * width;
  if (exists)
    for (int i = lane(); i < width; i += 16) query[i] = a.q[at + i];
  Running row;
  F16 sums[Vectors];
#pragma unroll
  for (int v = 0; v < Vectors; v++) sums[v] = zero();
  for (int j0 = 0; j0 < longest; j0 += kKeysAtOnce) {
    const int count = longest - j0 < kKeysAtOnce ? longest - j0 : kKeysAtOnce;
    const CachePage* page = a.pages ? a.pages + task.chain + j0 / kPageRows : nullptr;
    const float *k = page ? static_cast<const float*>(page->keys) : a.k,
                *v = page ? static_cast<const float*>(page->values) : a.v;
    __syncthreads();
    for (int t = threadIdx.x; t < count * width; t += blockDim.x) {
      const int j = t / width, i = t % width;
      const size_t row = page ? size_t(j) : key_row(task, a.chains, j0 + j);
      const size_t from = row * key_stride + size_t(group) * width + i;
      keys[i * kStride + j] = k[from];
      values[t] = v[from];
    }
    __syncthreads();
    const int n = visible - j0 < kKeysAtOnce ? visible - j0 : kKeysAtOnce;
    if (n <= 0) continue;
    float s[kKeysAtOnce / 16] = {};
    for (int i = 0; i < width; i++) {
      const float q = query[i];
#pragma unroll
      for (int j = 0; j < kKeysAtOnce / 16; j++)
        s[j] = fma(q, keys[i * kStride + 16 * j + lane()], s[j]);
    }
#pragma unroll
    for (int j = 0; j < kKeysAtOnce / 16; j++) own[16 * j + lane()] = s[j];
    const float correction = absorb(own, n, kKeysAtOnce, a.scale, row);
    sync_lanes();
    if (correction != 1.0f)
#pragma unroll
      for (int v = 0; v < Vectors; v++) sums[v] = sums[v] * set1(correction);
    for (int j = 0; j < n; j++) {
      const F16 weight = set1(own[j]);
#pragma unroll
      for (int v = 0; v < Vectors; v++)
        sums[v] = fma(weight, load_n(values + j * width + 16 * v, lanes_of(width, v)), sums[v]);
    }
    sync_lanes();
  }
  if (!exists) return;
#pragma unroll
  for (int v = 0; v < Vectors; v++)
    store_n(a.out + at + 16 * v, finished(sums[v], row), lanes_of(width, v));
  if (!a.logsumexp) return;
  const float total = row.largest + log(row.total);
  if (leads()) a.logsumexp[size_t(task.row + r) * a.heads + head] = total;
}

#define ICRL_ATTENTION(vectors)                                 \
  ICRL_KERNEL(attention_##vectors, attention_parameters, 256) { \
    ICRL_SHARED;                                                \
    attend_block<vectors>(a, shared_memory);                    \
  }
ICRL_ATTENTION(1)
ICRL_ATTENTION(2)
ICRL_ATTENTION(4)
ICRL_ATTENTION(8)
ICRL_ATTENTION(16)
#undef ICRL_ATTENTION

}  // namespace icrl_cuda
