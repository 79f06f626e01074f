// The head without its logits: products of hidden states and the vocabulary's weights that become a
// softmax, or the gradient, while they are in registers. A unit of 256 entries is multiplied at
// once, and taken in as `absorb_logits` does it (kernels/log-softmax.h), to the bit. The softmax
// starts anew with each part of 1,024 entries; parts are merged in order (`finish_logits`). So many
// blocks share a row, and it depends on nothing but itself. Sampling keeps the logits of a row,
// which its filters need, and comes to the same bits by `absorb_parts`.
#pragma once
#include "gemm-bf16.cuh"
#include "head-f32.cuh"

namespace icrl_cuda {

constexpr int kUnitTiles = static_cast<int>(kLogitUnit) / 8;
static_assert(kHeadColumns == kLogitUnit && kVocabularyPart % kLogitUnit == 0);

/**
 * What a lane holds of a unit: row `half` of its two has entry `8 · tile + 2 · pair + o` at
 * `[tile][2 · half + o]`.
 */
using UnitLogits = float[kUnitTiles][4];

/** Calls `body(tile, o, entry)` for the lane's entries of a row, ascending. */
template <typename F>
ICRL_INLINE void each_entry(F&& body) {
  const int pair = lane_place().pair;
#pragma unroll
  for (int tile = 0; tile < kUnitTiles; tile++)
#pragma unroll
    for (int o = 0; o < 2; o++) body(tile, o, 8 * tile + 2 * pair + o);
}

/**
 * Lane i of the sixteen of `absorb_logits` is `[i / 8][i % 2]` of the lane whose pair is i % 8 / 2;
 * the tree is theirs.
 */
ICRL_INLINE float sum_of_sixteen(const float (&lanes)[2][2]) {
  float even = lanes[0][0] + lanes[1][0], odd = lanes[0][1] + lanes[1][1];
#pragma unroll
  for (int hop = 2; hop > 0; hop /= 2) {
    even = even + __shfl_xor_sync(0xffffffffu, even, hop);
    odd = odd + __shfl_xor_sync(0xffffffffu, odd, hop);
  }
  return even + odd;
}

/** Takes the first `count` logits of a unit into a row's softmax. */
ICRL_INLINE void absorb_unit(const UnitLogits& z, int half, int count, bool entropy,
                             RunningSoftmax& row) {
  float top = -__builtin_inff();
  each_entry([&](int tile, int o, int entry) {
    const float logit = z[tile][2 * half + o];
    if (entry < count && logit > top) top = logit;
  });
  top = largest_of_row(top);
  const float now = top > row.largest ? top : row.largest;
  float total[2][2] = {}, weighted[2][2] = {};
  each_entry([&](int tile, int o, int entry) {
    const float below = z[tile][2 * half + o] - now, mass = entry < count ? exp(below) : 0.0f;
    total[tile % 2][o] = total[tile % 2][o] + mass;
    // A logit of −∞ has no mass: 0 · −∞ must count as 0.
    if (entropy)
      weighted[tile % 2][o] = weighted[tile % 2][o] + (mass == 0.0f ? 0.0f : mass * below);
  });
  row.rise_to(now);
  row.total = row.total + sum_of_sixteen(total);
  row.weighted = row.weighted + sum_of_sixteen(weighted);
}

/** Rows and entries of a block: those beside it in the grid take the same part of the vocabulary.
 */
struct HeadTask {
  size_t row0, first, last;

  ICRL_DEVICE HeadTask(const head_operands& x, int rows)
      : row0((size_t{blockIdx.z} * gridDim.x + blockIdx.x) * rows),
        first(size_t{blockIdx.y} * kVocabularyPart),
        last(first + kVocabularyPart < x.count ? first + kVocabularyPart : x.count) {}
};

/** One of a lane's two rows, and a unit's entries from j0 on. Past the end it reads the last row.
 */
struct UnitRow {
  size_t row, known;
  int count, target;  // of the unit's entries; −1: the target is not among them
  bool exists;

  ICRL_DEVICE UnitRow(const head_operands& x, size_t row, size_t j0)
      : row(row), known(row < x.rows ? row : x.rows - 1), exists(row < x.rows) {
    const size_t left = x.count - j0;
    count = left < kLogitUnit ? static_cast<int>(left) : static_cast<int>(kLogitUnit);
    const size_t id = static_cast<size_t>(x.targets[known]), first = x.v0 + j0;
    target = id >= first && id < first + count ? static_cast<int>(id - first) : -1;
  }
};

ICRL_INLINE void divide_unit(UnitLogits& z, int half, float temperature) {
  if (temperature == 1.0f) return;
  each_entry(
      [&](int tile, int o, int) { z[tile][2 * half + o] = z[tile][2 * half + o] / temperature; });
}

/** Takes units into the softmaxes of a lane's rows, `first` and eight rows on. */
struct SoftmaxOfUnits {
  const head_softmax_parameters& a;
  RunningSoftmax rows[2];

  ICRL_DEVICE void take(UnitLogits& z, size_t first, size_t j0) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const UnitRow own(a.of, first + 8 * half, j0);
      divide_unit(z, half, a.of.temperatures[own.known]);
      absorb_unit(z, half, own.count, a.entropy, rows[half]);
      each_entry([&](int tile, int o, int entry) {
        if (own.exists && entry == own.target) a.logprobs[own.row] = z[tile][2 * half + o];
      });
    }
  }
  ICRL_DEVICE void finish(size_t first, size_t entry0) {
    const size_t part = (a.of.v0 + entry0) / kVocabularyPart;
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const size_t row = first + 8 * half;
      if (lane_place().pair == 0 && row < a.of.rows)
        store_softmax(rows[half], a.running + part * 3 * a.of.rows + row, a.of.rows);
    }
  }
};

/** Writes the gradient with respect to units of logits. */
struct SlopesOfUnits {
  const head_slopes_parameters& a;

  ICRL_DEVICE void take(UnitLogits& z, size_t first, size_t j0) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const UnitRow own(a.of, first + 8 * half, j0);
      const LogitGradient gradient{
          a.dlogprobs[own.known], a.dentropy ? a.dentropy[own.known] : 0.0f, a.logsumexp[own.known],
          a.entropy[own.known], a.of.temperatures[own.known]};
      divide_unit(z, half, gradient.temperature);
      each_entry([&](int tile, int o, int entry) {
        float& logit = z[tile][2 * half + o];
        logit = entry == own.target ? gradient.of_target(logit) : gradient.of_others(F16{logit}).v;
      });
      if (!own.exists) continue;
      uint16_t* to = a.slopes + own.row * a.slopesRow + j0 + 2 * lane_place().pair;
#pragma unroll
      for (int tile = 0; tile < kUnitTiles; tile++) {
        const int entry = 8 * tile + 2 * lane_place().pair;
        const float next = entry + 1 < own.count ? z[tile][2 * half + 1] : 0.0f;
        if (entry < own.count)
          *reinterpret_cast<uint32_t*>(to + 8 * tile) = to_bf16s(z[tile][2 * half], next);
      }
    }
  }
  ICRL_DEVICE void finish(size_t, size_t) {}
};

/** Four warps, each with sixteen rows, go through the units of a part. */
template <typename Units>
ICRL_INLINE void head_mma(const head_operands& x, Units units, unsigned char* memory) {
  const HeadTask task(x, kHeadRows);
  if (task.row0 >= x.rows) return;
  const size_t row0 = task.row0 + threadIdx.x / 32 * 16, first = row0 + lane_place().group;
  const bool idle = row0 >= x.rows;
  for (size_t j0 = task.first; j0 < task.last; j0 += kLogitUnit) {
    float z[1][kUnitTiles][4] = {};
    multiply_tile<4, 1, 1, kUnitTiles>({x.hidden, x.hiddenRow, task.row0, x.rows},
                                       {x.weight, x.weightRow, j0, x.count}, x.width, idle, memory,
                                       z);
    if (!idle) units.take(z[0], first, j0);
  }
  if (!idle) units.finish(first, task.first);
}

ICRL_KERNEL(head_softmax_mma, head_softmax_parameters, 128) {
  ICRL_SHARED;
  head_mma(a.of, SoftmaxOfUnits{a, {}}, shared_memory);
}
ICRL_KERNEL(head_slopes_mma, head_slopes_parameters, 128) {
  ICRL_SHARED;
  head_mma(a.of, SlopesOfUnits{a}, shared_memory);
}

/** A part of a row's logits a half-warp, for rows that are kept. */
ICRL_KERNEL(absorb_parts, absorb_parts_parameters, 256) {
  const size_t parts = (a.vocabulary + kVocabularyPart - 1) / kVocabularyPart,
               index = half_warp_index();
  if (index >= a.rows * parts) return;
  const size_t row = index / parts, part = index % parts, v0 = part * kVocabularyPart;
  const size_t left = a.vocabulary - v0, count = left < kVocabularyPart ? left : kVocabularyPart;
  const float temperature = a.temperatures[row];
  float* z = a.logits + row * a.vocabulary + v0;
  if (temperature != 0.0f) divide_row(z, count, temperature);
  RunningSoftmax running;
  absorb_logits(z, count, false, running);
  if (leads()) store_softmax(running, a.running + part * 3 * a.rows + row, a.rows);
}

}  // namespace icrl_cuda
