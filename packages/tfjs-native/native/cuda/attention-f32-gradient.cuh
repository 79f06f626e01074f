// The gradient of packed attention with the bits of kernels/attention-gradient.cc: dq by query
// rows, dk and dv by keys. Every sum takes its terms in the order of the processor's kernel, the
// zeros of keys that a row does not see among them.
#pragma once
#include "attention-f32.cuh"

namespace icrl_cuda {

/** A row of one head a half-warp. */
ICRL_KERNEL(attention_along, attention_along_parameters, 256) {
  const size_t row = half_warp_index();
  if (row >= a.rows) return;
  F16 total = zero();
  for_vectors(a.width, [&](size_t i, size_t lanes) {
    total = fma(load_lanes(a.dOut + row * a.width + i, lanes),
                load_lanes(a.out + row * a.width + i, lanes), total);
  });
  const float along = sum(total);
  if (leads()) a.along[row] = along;
}

template <int Vectors>
ICRL_INLINE void dq_block(const attention_dq_parameters& a, unsigned char* memory) {
  constexpr int kStride = kKeysAtOnce + 1;
  const int width = a.width;
  float* keys = reinterpret_cast<float*>(memory);    // [width][kStride]
  float* values = keys + width * kStride;            // [width][kStride]
  float* queries = values + width * kStride;         // [kQueriesAtOnce][width]
  float* slopes = queries + kQueriesAtOnce * width;  // [kQueriesAtOnce][width]
  float* scores = slopes + kQueriesAtOnce * width;   // [kQueriesAtOnce][kKeysAtOnce]
  const AttentionTask task = a.tasks[blockIdx.x];
  const int head = blockIdx.y, group = head / (a.heads / a.groups);
  const int r = threadIdx.x / 16;
  const bool exists = r < task.rows;
  const int visible = task.before + r + 1;
  const size_t query_stride = size_t(a.heads) * width, key_stride = size_t(a.groups) * width;
  const size_t at = size_t(task.row + r) * query_stride + size_t(head) * width;
  float *own = scores + r * kKeysAtOnce, *query = queries + r * width, *slope = slopes + r * width;
  float logsumexp = 0.0f, along = 0.0f;
  if (exists) {
    for (int i = lane(); i < width; i += 16) {
      query[i] = a.q[at + i];
      slope[i] = a.dOut[at + i];
    }
    logsumexp = a.logsumexp[size_t(task.row + r) * a.heads + head];
    along = a.along[size_t(task.row + r) * a.heads + head];
  }
  F16 sums[Vectors];
#pragma unroll
  for (int v = 0; v < Vectors; v++) sums[v] = zero();
  for (int j0 = 0; j0 < task.longest; j0 += kKeysAtOnce) {
    const int count = task.longest - j0 < kKeysAtOnce ? task.longest - j0 : kKeysAtOnce;
    __syncthreads();
    for (int t = threadIdx.x; t < count * width; t += blockDim.x) {
      const int j = t / width, i = t % width;
      const size_t from = key_row(task, a.chains, j0 + j) * key_stride + size_t(group) * width + i;
      keys[i * kStride + j] = a.k[from];
      values[i * kStride + j] = a.v[from];
    }
    __syncthreads();
    if (!exists) continue;
    float s[kKeysAtOnce / 16] = {}, d[kKeysAtOnce / 16] = {};
    for (int i = 0; i < width; i++) {
      const float q = query[i], slope_i = slope[i];
#pragma unroll
      for (int j = 0; j < kKeysAtOnce / 16; j++) {
        s[j] = fma(q, keys[i * kStride + 16 * j + lane()], s[j]);
        d[j] = fma(slope_i, values[i * kStride + 16 * j + lane()], d[j]);
      }
    }
#pragma unroll
    for (int j = 0; j < kKeysAtOnce / 16; j++) {
      const int position = j0 + 16 * j + static_cast<int>(lane());
      const F16 weight = weight_again(set1(s[j]), a.scale, logsumexp);
      own[16 * j + lane()] =
          position < visible ? score_gradient(weight, set1(d[j]), along, a.scale).v : 0.0f;
    }
    sync_lanes();
    for (int j = 0; j < count; j++) {
      const F16 dScore = set1(own[j]);
#pragma unroll
      for (int v = 0; v < Vectors; v++) {
        const int i = 16 * v + static_cast<int>(lane());
        const F16 key = set1(i < width ? keys[i * kStride + j] : 0.0f);
        sums[v] = fma(dScore, key, sums[v]);
      }
    }
    sync_lanes();
  }
  if (!exists) return;
#pragma unroll
  for (int v = 0; v < Vectors; v++) store_n(a.dq + at + 16 * v, sums[v], lanes_of(width, v));
}

/** A key a half-warp; the rows that see it in the order of segments, heads and rows. */
template <int Vectors>
ICRL_INLINE void dkv_block(const attention_dkv_parameters& a, unsigned char* memory) {
  const int width = a.width, stride = width + 1;
  float* queries = reinterpret_cast<float*>(memory);  // [kGradientRows][stride]
  float* slopes = queries + kGradientRows * stride;   // [kGradientRows][stride]
  float* keys = slopes + kGradientRows * stride;      // [kQueriesAtOnce][width]
  float* values = keys + kQueriesAtOnce * width;      // [kQueriesAtOnce][width]
  float* weights = values + kQueriesAtOnce * width;   // [kQueriesAtOnce][kGradientRows]
  float* scores = weights + kQueriesAtOnce * kGradientRows;
  const KeyTask task = a.tasks[blockIdx.x];
  const int group = blockIdx.y, each = a.heads / a.groups;
  const int k = threadIdx.x / 16, position = task.position + k;
  const bool exists = k < task.rows;
  const size_t query_stride = size_t(a.heads) * width, key_stride = size_t(a.groups) * width;
  const size_t at = size_t(task.row + k) * key_stride + size_t(group) * width;
  float *key = keys + k * width, *value = values + k * width;
  float *own_weights = weights + k * kGradientRows, *own_scores = scores + k * kGradientRows;
  if (exists)
    for (int i = lane(); i < width; i += 16) {
      key[i] = a.k[at + i];
      value[i] = a.v[at + i];
    }
  F16 dk[Vectors], dv[Vectors];
#pragma unroll
  for (int v = 0; v < Vectors; v++) dk[v] = dv[v] = zero();
  for (int s = task.segments; s < task.segments + task.count; s++) {
    const SegmentRows segment = a.segments[s];
    for (int head = group * each; head < (group + 1) * each; head++) {
      for (int r0 = 0; r0 < segment.rows; r0 += kGradientRows) {
        const int rows = segment.rows - r0 < kGradientRows ? segment.rows - r0 : kGradientRows;
        // The first row sees this many keys, and the last one `longest`.
        const int visible = segment.before + r0 + 1, longest = visible + rows - 1;
        if (task.position >= longest) continue;
        const size_t first = size_t(segment.row + r0);
        __syncthreads();
        for (int t = threadIdx.x; t < rows * width; t += blockDim.x) {
          const size_t from = (first + t / width) * query_stride + size_t(head) * width + t % width;
          queries[t / width * stride + t % width] = a.q[from];
          slopes[t / width * stride + t % width] = a.dOut[from];
        }
        __syncthreads();
        if (!exists || position >= longest) continue;
#pragma unroll
        for (int half = 0; half < kGradientRows; half += 16) {
          const int r = half + static_cast<int>(lane());
          float weight = 0.0f, dScore = 0.0f;
          if (r < rows && position < visible + r) {
            float score = 0.0f, d = 0.0f;
            for (int i = 0; i < width; i++) {
              score = fma(queries[r * stride + i], key[i], score);
              d = fma(slopes[r * stride + i], value[i], d);
            }
            const size_t row = (first + r) * a.heads + head;
            const F16 w = weight_again(set1(score), a.scale, a.logsumexp[row]);
            weight = w.v;
            dScore = score_gradient(w, set1(d), a.along[row], a.scale).v;
          }
          own_weights[r] = weight;
          own_scores[r] = dScore;
        }
        sync_lanes();
        for (int r = 0; r < rows; r++) {
          const F16 weight = set1(own_weights[r]), dScore = set1(own_scores[r]);
#pragma unroll
          for (int v = 0; v < Vectors; v++) {
            const size_t lanes = lanes_of(width, v);
            dv[v] = fma(weight, load_n(slopes + r * stride + 16 * v, lanes), dv[v]);
            dk[v] = fma(dScore, load_n(queries + r * stride + 16 * v, lanes), dk[v]);
          }
        }
        sync_lanes();
      }
    }
  }
  if (!exists) return;
#pragma unroll
  for (int v = 0; v < Vectors; v++) {
    store_n(a.dk + at + 16 * v, dk[v], lanes_of(width, v));
    store_n(a.dv + at + 16 * v, dv[v], lanes_of(width, v));
  }
}

#define ICRL_ATTENTION_GRADIENT(vectors)                                \
  ICRL_KERNEL(attention_dq_##vectors, attention_dq_parameters, 256) {   \
    ICRL_SHARED;                                                        \
    dq_block<vectors>(a, shared_memory);                                \
  }                                                                     \
  ICRL_KERNEL(attention_dkv_##vectors, attention_dkv_parameters, 256) { \
    ICRL_SHARED;                                                        \
    dkv_block<vectors>(a, shared_memory);                               \
  }
ICRL_ATTENTION_GRADIENT(1)
ICRL_ATTENTION_GRADIENT(2)
ICRL_ATTENTION_GRADIENT(4)
ICRL_ATTENTION_GRADIENT(8)
ICRL_ATTENTION_GRADIENT(16)
#undef ICRL_ATTENTION_GRADIENT

}  // namespace icrl_cuda
