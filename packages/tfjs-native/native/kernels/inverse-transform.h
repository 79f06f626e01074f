// Drawing an id by the inverse of its cumulative distribution, and the order in which filters drop.
#pragma once
#include "log-softmax.h"

namespace ICRL_NAMESPACE {

/** Larger logits first; among equal ones the lower id first. */
ICRL_INLINE bool before(const float* z, int32_t a, int32_t b) {
  return z[a] > z[b] || (z[a] == z[b] && a < b);
}

/**
 * Sum of a unit's masses in double precision: lane i takes entries i, i + 8, …, then the lanes in
 * order.
 */
ICRL_FUNCTION double unit_sum(const float* mass, size_t n) {
  double lanes[8] = {};
  for (size_t i = 0; i < n; i++) lanes[i % 8] += static_cast<double>(mass[i]);
  double total = 0;
  for (int i = 0; i < 8; i++) total += lanes[i];
  return total;
}

/**
 * The first id whose cumulative mass exceeds the share `uniform` of the total, ids ascending, one
 * unit of the vocabulary at a time; never one without mass. `sum_of(u, count)` is the `unit_sum` of
 * the unit at u.
 */
template <typename F>
ICRL_FUNCTION size_t invert(const float* mass, size_t n, double uniform, F&& sum_of) {
  double whole = 0;
  for (size_t u = 0; u < n; u += kLogitUnit)
    whole += sum_of(u, n - u < kLogitUnit ? n - u : kLogitUnit);
  const double bound = uniform * whole;
  double sum = 0;
  size_t last = 0;
  for (size_t u = 0; u < n; u += kLogitUnit) {
    const size_t count = n - u < kLogitUnit ? n - u : kLogitUnit;
    const double with = sum + sum_of(u, count);
    if (with > bound || u + count == n) {
      bool found = false;
      for (size_t i = u; i < u + count; i++) {
        if (mass[i] == 0.0f) continue;
        sum += static_cast<double>(mass[i]);
        last = i;
        found = true;
        if (sum > bound) return i;
      }
      if (found || u + count == n) return last;
    }
    for (size_t i = u + count; with > sum && i-- > u;)
      if (mass[i] != 0.0f) {
        last = i;
        break;
      }
    sum = with;
  }
  return last;
}

}  // namespace ICRL_NAMESPACE
