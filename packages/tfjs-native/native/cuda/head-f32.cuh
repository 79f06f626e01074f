// The head: log-probabilities and their gradient from blocks of logits, and drawing a token.
#pragma once
#include "kernel.h"
#include "../kernels/inverse-transform.h"
#include "../kernels/logit-gradient.h"

namespace icrl_cuda {

/** The three numbers of a running softmax lie `next` floats apart. */
ICRL_INLINE RunningSoftmax load_softmax(const float* from, size_t next) {
  RunningSoftmax softmax;
  softmax.largest = from[0];
  softmax.total = from[next];
  softmax.weighted = from[2 * next];
  return softmax;
}
ICRL_INLINE void store_softmax(const RunningSoftmax& softmax, float* to, size_t next) {
  to[0] = softmax.largest;
  to[next] = softmax.total;
  to[2 * next] = softmax.weighted;
}

/** A row a half-warp. */
ICRL_KERNEL(absorb_logits, absorb_logits_parameters, 256) {
  const size_t row = half_warp_index();
  if (row >= a.rows) return;
  float *z = a.logits + row * a.count, *state = a.running + row;
  divide_row(z, a.count, a.temperatures[row]);
  RunningSoftmax running;
  if (a.v0 > 0) running = load_softmax(state, a.rows);
  absorb_logits(z, a.count, a.entropy, running);
  sync_lanes();
  if (!leads()) return;
  store_softmax(running, state, a.rows);
  const size_t target = static_cast<size_t>(a.targets[row]);
  if (target >= a.v0 && target < a.v0 + a.count) a.logprobs[row] = z[target - a.v0];
}

ICRL_KERNEL(finish_logits, finish_logits_parameters, 256) {
  const size_t row = thread_index();
  if (row >= a.rows) return;
  RunningSoftmax whole;
  for (size_t part = 0; part < a.parts; part++) {
    RunningSoftmax next = load_softmax(a.running + part * 3 * a.rows + row, a.rows);
    const float now = next.largest > whole.largest ? next.largest : whole.largest;
    whole.rise_to(now);
    next.rise_to(now);
    whole.total = whole.total + next.total;
    whole.weighted = whole.weighted + next.weighted;
  }
  const float logsumexp = whole.logsumexp();
  a.logsumexp[row] = logsumexp;
  if (a.largest) a.largest[row] = whole.largest;
  if (a.logprobs) a.logprobs[row] = a.logprobs[row] - logsumexp;
  if (a.entropies) a.entropies[row] = a.entropy ? whole.entropy() : 0.0f;
}

ICRL_KERNEL(logit_grad, logit_grad_parameters, 256) {
  const size_t row = half_warp_index();
  if (row >= a.rows) return;
  float* z = a.logits + row * a.count;
  const float temperature = a.temperatures[row];
  divide_row(z, a.count, temperature);
  sync_lanes();
  logit_gradient(z, a.count, a.v0, static_cast<size_t>(a.targets[row]),
                 {a.dlogprobs[row], a.dentropy ? a.dentropy[row] : 0.0f, a.logsumexp[row],
                  a.entropy[row], temperature});
}

/** The lowest id of the largest logit, for thread 0. */
ICRL_INLINE size_t index_of_largest(const float* z, size_t n, SampleShared& shared) {
  size_t best = threadIdx.x < n ? threadIdx.x : 0;
  for (size_t i = threadIdx.x; i < n; i += blockDim.x)
    if (z[i] > z[best]) best = i;
  shared.best[threadIdx.x] = z[best];
  shared.ids[threadIdx.x] = static_cast<int32_t>(best);
  __syncthreads();
  size_t first = 0;
  for (unsigned t = 1; threadIdx.x == 0 && t < blockDim.x; t++)
    if (shared.best[t] > shared.best[first] ||
        (shared.best[t] == shared.best[first] && shared.ids[t] < shared.ids[first]))
      first = t;
  return static_cast<size_t>(shared.ids[first]);
}

/** Whether place i of a descending order may stand before place j; −1 stands behind all ids. */
ICRL_INLINE bool stands_before(const float* z, int32_t a, int32_t b) {
  return a >= 0 && (b < 0 || before(z, a, b));
}

/** Sorts ids by logits: a total order, so that the way of sorting is no part of the result. */
ICRL_INLINE void sort_descending(const float* z, int32_t* ids, size_t n, size_t places) {
  for (size_t i = threadIdx.x; i < places; i += blockDim.x)
    ids[i] = i < n ? static_cast<int32_t>(i) : -1;
  for (size_t run = 2; run <= places; run *= 2)
    for (size_t step = run / 2; step > 0; step /= 2) {
      __syncthreads();
      for (size_t i = threadIdx.x; i < places; i += blockDim.x) {
        const size_t j = i ^ step;
        if (j <= i) continue;
        const bool descends = (i & run) == 0;
        if (stands_before(z, descends ? ids[j] : ids[i], descends ? ids[i] : ids[j])) {
          const int32_t t = ids[i];
          ids[i] = ids[j];
          ids[j] = t;
        }
      }
    }
  __syncthreads();
}

/** Adds masses in the order of `ids` until `stops(sum, how many)`; → how many. Thread 0's counts.
 */
template <typename F>
ICRL_INLINE size_t add_in_order(const float* mass, const int32_t* ids, size_t n,
                                SampleShared& shared, double& sum, F&& stops) {
  size_t taken = 0;
  sum = 0;
  bool stopped = false;
  for (size_t start = 0; start < n; start += blockDim.x) {
    const size_t i = start + threadIdx.x, count = n - start < blockDim.x ? n - start : blockDim.x;
    __syncthreads();
    if (i < n) shared.masses[threadIdx.x] = static_cast<double>(mass[ids[i]]);
    __syncthreads();
    for (size_t t = 0; threadIdx.x == 0 && t < count && !stopped; t++) {
      stopped = stops(sum, taken);
      if (stopped) break;
      sum += shared.masses[t];
      taken++;
    }
  }
  return taken;
}

/** Sets to 0 the mass of every id that the filter drops. */
ICRL_INLINE void drop_filtered(const float* z, float* mass, size_t n, int32_t topK, float topP,
                               int32_t* ids, size_t places, SampleShared& shared) {
  sort_descending(z, ids, n, places);
  const size_t candidates =
      topK == 0 || static_cast<size_t>(topK) > n ? n : static_cast<size_t>(topK);
  double total, sum;
  add_in_order(mass, ids, candidates, shared, total, [](double, size_t) { return false; });
  const double needed = static_cast<double>(topP) * total;
  const size_t kept =
      add_in_order(mass, ids, candidates, shared, sum, [&](double so_far, size_t taken) {
        return !(taken == 0 || so_far < needed || topP >= 1.0f);
      });
  if (threadIdx.x == 0) shared.kept = kept;
  __syncthreads();
  for (size_t i = shared.kept + threadIdx.x; i < n; i += blockDim.x) mass[ids[i]] = 0.0f;
  __syncthreads();
}

/** A row a block; shared memory: `SampleShared`, then a sum for each unit of the vocabulary. */
ICRL_KERNEL(sample_row, sample_row_parameters, 256) {
  ICRL_SHARED;
  SampleShared& shared = *reinterpret_cast<SampleShared*>(shared_memory);
  double* const units = reinterpret_cast<double*>(shared_memory + sizeof(SampleShared));
  const size_t row = blockIdx.x, n = a.vocabulary;
  float *z = a.logits + row * n, *mass = a.mass + row * n;
  const float temperature = a.temperatures[row];
  const bool greedy = temperature == 0.0f;
  if (a.logsumexp && threadIdx.x == 0) {
    shared.logsumexp = a.logsumexp[row];
    shared.largest = a.largest[row];
  }
  if (!a.logsumexp && threadIdx.x < 16) {
    if (!greedy) divide_row(z, n, temperature);
    RunningSoftmax running;
    absorb_logits(z, n, false, running);
    const float logsumexp = running.logsumexp();
    if (leads()) {
      shared.logsumexp = logsumexp;
      shared.largest = running.largest;
    }
  }
  __syncthreads();
  const float logsumexp = shared.logsumexp, largest = shared.largest;
  if (logsumexp - logsumexp != 0.0f) {
    if (threadIdx.x == 0) {
      a.ids[row] = -1;
      a.logprobs[row] = 0.0f;
    }
    return;
  }
  const int32_t topK = greedy ? 1 : a.topK[row];
  const float topP = greedy ? 1.0f : a.topP[row];
  size_t drawn = 0;
  if (topK == 1) {
    drawn = index_of_largest(z, n, shared);
  } else {
    for (size_t i = threadIdx.x; i < n; i += blockDim.x) mass[i] = exp(z[i] - largest);
    __syncthreads();
    if (topK != 0 || topP < 1.0f)
      drop_filtered(z, mass, n, topK, topP, a.order + row * a.places, a.places, shared);
    for (size_t u = threadIdx.x; u * kLogitUnit < n; u += blockDim.x) {
      const size_t start = u * kLogitUnit;
      units[u] = unit_sum(mass + start, n - start < kLogitUnit ? n - start : kLogitUnit);
    }
    __syncthreads();
    if (threadIdx.x == 0)
      drawn =
          invert(mass, n, a.uniforms[row], [&](size_t u, size_t) { return units[u / kLogitUnit]; });
  }
  if (threadIdx.x != 0) return;
  a.ids[row] = static_cast<int32_t>(drawn);
  a.logprobs[row] = z[drawn] - logsumexp;
}

}  // namespace icrl_cuda
