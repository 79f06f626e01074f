// Decode steps: the rows of the next one, and what each has drawn.
#pragma once
#include "kernel.h"

namespace icrl_cuda {

/** A page of a layer a thread. */
ICRL_KERNEL(decode_pages, decode_pages_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.layers * a.count) return;
  const size_t layer = i / a.count, p = i % a.count;
  const int32_t number = a.numbers[p];
  const CacheSlab* slab = a.slabs + layer * a.slabCount;
  for (size_t s = 1; s < a.slabCount && slab[1].first <= number; s++) slab++;
  const size_t at = static_cast<size_t>(number - slab->first) * a.pageBytes;
  a.pages[layer * a.capacity + p] = {slab->keys + at, slab->values + at};
}

/** An angle of a row a thread; the first one also writes the rest of the row. */
ICRL_KERNEL(decode_prepare, decode_prepare_parameters, 256) {
  const size_t at = thread_index(), row = at / a.angles, angle = at % a.angles;
  if (row >= a.rows) return;
  const DecodeCall& call = *a.call;
  const bool runs = row < call.sequences && call.running[row] != 0;
  const size_t draw = row * call.steps + static_cast<size_t>(call.step);
  a.to.angles[at] = runs ? call.angles[draw * a.angles + angle] : 0.0f;
  if (angle != 0) return;
  const int32_t position = runs ? call.lengths[row] + call.step : 0,
                table = runs ? call.tableStarts[row] : 0;
  a.to.ids[row] = runs ? call.newest[row] : 0;
  a.to.tasks[row] = {static_cast<int32_t>(row), runs ? 1 : 0, position, table, 0, position + 1};
  a.to.places[row] = runs ? table + position / kPageRows : -1;
  a.to.rows[row] = position % kPageRows;
  a.to.temperatures[row] = runs ? call.temperatures[row] : 0.0f;
  a.to.topK[row] = runs ? call.topK[row] : 0;
  a.to.topP[row] = runs ? call.topP[row] : 1.0f;
  a.to.uniforms[row] = runs ? call.uniforms[draw] : 0.0;
}

/** Whether `id` is the last token of a sequence; −1 is none, since its logits are not finite. */
ICRL_INLINE bool ends_sequence(const DecodeCall& call, size_t n, int32_t id) {
  if (id < 0 || call.step + 1 >= call.limits[n]) return true;
  for (int32_t s = call.stopStarts[n]; s < call.stopStarts[n + 1]; s++)
    if (call.stops[s] == id) return true;
  return false;
}

ICRL_KERNEL(decode_advance, decode_advance_parameters, 256) {
  DecodeCall& call = *a.call;
  for (size_t n = threadIdx.x; n < call.sequences; n += blockDim.x) {
    if (call.running[n] == 0) continue;
    const int32_t id = a.ids[n];
    const size_t draw = n * call.steps + static_cast<size_t>(call.step);
    call.ids[draw] = id;
    call.logprobs[draw] = a.logprobs[n];
    call.counts[n] = call.step + 1;
    call.newest[n] = id;
    if (ends_sequence(call, n, id)) call.running[n] = 0;
  }
  __syncthreads();
  if (threadIdx.x == 0) call.step = call.step + 1;
}

}  // namespace icrl_cuda
