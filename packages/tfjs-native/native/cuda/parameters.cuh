// Gradients of embeddings and AdamW.
#pragma once
#include "kernel.h"
#include "../kernels/adamw-update.h"

namespace icrl_cuda {

/** Sixteen columns of a row of the table a half-warp. */
ICRL_KERNEL(embedding_grad, embedding_grad_parameters, 256) {
  const size_t vectors = (a.width + 15) / 16, index = half_warp_index();
  if (index >= a.rows * vectors) return;
  const size_t id = index / vectors, i = index % vectors * 16,
               lanes = a.width - i < 16 ? a.width - i : 16;
  F16 total = zero();
  for (int32_t n = a.starts[id]; n < a.starts[id + 1]; n++)
    total = total + load_n(a.dy + static_cast<size_t>(a.order[n]) * a.width + i, lanes);
  float* to = a.y + id * a.width + i;
  store_n(to, a.adds ? load_n(to, lanes) + total : total, lanes);
}

ICRL_INLINE Rates rates_of(const adamw_parameters& a) {
  return {set1(a.gradientScale), set1(a.beta1), set1(a.rest1),   set1(a.beta2), set1(a.rest2),
          set1(a.bias1),         set1(a.bias2), set1(a.epsilon), set1(a.rate),  set1(a.keep)};
}

/** All in float32. */
ICRL_KERNEL(adamw, adamw_parameters, 256) {
  const size_t at = half_warp_index() * 16;
  if (at >= a.elements) return;
  update(rates_of(a), a.elements - at < 16 ? a.elements - at : 16, a.gradient + at,
         static_cast<float*>(a.parameter) + at, static_cast<float*>(a.first) + at,
         static_cast<float*>(a.second) + at);
}

/** A block of a moment's numbers a half-warp. */
ICRL_KERNEL(adamw_packed, adamw_parameters, 256) {
  const size_t start = half_warp_index() * kMomentBlock;
  if (start >= a.elements) return;
  constexpr int kEach = kMomentBlock / 16;
  const Rates rates = rates_of(a);
  const Split split{static_cast<uint16_t*>(a.parameter), a.low, a.columns, a.stride};
  const Moment first{a.first, a.firstScales, a.momentBits},
      second{a.second, a.secondScales, a.momentBits};
  float* const parameter = static_cast<float*>(a.parameter);
  const bool kept = a.momentBits == 32;
  float one[kEach], two[kEach], most_one = 0.0f, most_two = 0.0f;
  for (int k = 0; k < kEach; k++) {
    const size_t i = start + 16 * static_cast<size_t>(k) + lane();
    one[k] = two[k] = 0.0f;
    if (i >= a.elements) continue;
    F16 w = set1(split.low ? split.read(i) : parameter[i]),
        m = set1(kept ? first.floats()[i] : unpacked(first, true, i)),
        v = set1(kept ? second.floats()[i] : unpacked(second, false, i));
    update_lanes(rates, set1(a.gradient[i]), w, m, v);
    if (split.low) split.write(i, w.v);
    else parameter[i] = w.v;
    if (kept) {
      first.floats()[i] = m.v;
      second.floats()[i] = v.v;
    }
    one[k] = m.v;
    two[k] = v.v;
    const float size_one = ICRL_ABS(m.v), size_two = ICRL_ABS(v.v);
    most_one = size_one > most_one ? size_one : most_one;
    most_two = size_two > most_two ? size_two : most_two;
  }
  if (kept) return;
  if (a.momentBits == 8) {
    most_one = largest(set1(most_one));
    most_two = largest(set1(most_two));
    sync_lanes();
    if (leads()) {
      first.scales[start / kMomentBlock] = most_one;
      second.scales[start / kMomentBlock] = most_two;
    }
  }
  for (int k = 0; k < kEach; k++) {
    const size_t i = start + 16 * static_cast<size_t>(k) + lane();
    if (i >= a.elements) continue;
    const uint32_t random = mix(a.key + static_cast<uint32_t>(i));
    if (a.momentBits == 16) {
      first.halves()[i] = rounded_half(one[k], random);
      second.halves()[i] = rounded_half(two[k], random >> 16);
    } else {
      first.codes()[i] = code_of(one[k], most_one, true, random);
      second.codes()[i] = code_of(two[k], most_two, false, random >> 16);
    }
  }
}

}  // namespace icrl_cuda
