// Walks broadcast operands: leading dimensions by strides, the last one in vectors.
#pragma once
#include "row-norm.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

constexpr size_t kMaxRank = 8;

/** Output dimensions, and by how many elements each operand moves along them (0: broadcast). */
struct Broadcast {
  size_t rank;
  const int32_t *shape, *aStrides, *bStrides;

  size_t inner() const { return rank == 0 ? 1 : static_cast<size_t>(shape[rank - 1]); }
  size_t outer() const {
    size_t total = 1;
    for (size_t i = 0; i + 1 < rank; i++) total *= static_cast<size_t>(shape[i]);
    return total;
  }
  bool aMoves() const { return rank > 0 && aStrides[rank - 1] != 0; }
  bool bMoves() const { return rank > 0 && bStrides[rank - 1] != 0; }

  /** Where row `row` of the leading dimensions starts in an operand. */
  size_t offset(size_t row, const int32_t* strides) const {
    size_t at = 0;
    for (size_t i = rank > 0 ? rank - 1 : 0; i-- > 0;) {
      const size_t size = static_cast<size_t>(shape[i]);
      at += row % size * static_cast<size_t>(strides[i]);
      row /= size;
    }
    return at;
  }
};

/**
 * `body(offset of a, offset of b, output offset, count)` over runs of the last dimension, on all
 * threads.
 */
template <typename F>
static void for_broadcast(const Broadcast& x, double cost, F&& body) {
  const size_t inner = x.inner(), outer = x.outer();
  if (outer == 1) {
    parallel_ranges(inner, 1024, cost, [&](size_t start, size_t end) {
      body(x.aMoves() ? start : 0, x.bMoves() ? start : 0, start, end - start);
    });
    return;
  }
  parallel_ranges(outer, 1, cost * static_cast<double>(inner), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++)
      body(x.offset(row, x.aStrides), x.offset(row, x.bStrides), row * inner, inner);
  });
}

}  // namespace ICRL_NAMESPACE
