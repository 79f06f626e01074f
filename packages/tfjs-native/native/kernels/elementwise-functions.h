// The elementwise functions, by their numbers in src/kernels/unary.ts and binary.ts.
#pragma once
#include "row-norm.h"

namespace ICRL_NAMESPACE {

ICRL_INLINE F16 keep_nan(F16 x, F16 y) { return select(not_equal(x, x), x, y); }

/** Calls `use(cost, f)` with function `op` of one operand; p and q are its parameters. */
template <typename Use>
ICRL_INLINE void with_unary(size_t op, F16 p, F16 q, Use&& use) {
  const F16 one = set1(1.0f);
  switch (op) {
    case 0:
      return use(1, [&](F16 v) { return as_float(as_int(v) + set1_int(INT32_MIN)); });
    case 1:
      return use(8, [&](F16 v) { return exp(v); });
    case 2:
      return use(8, [&](F16 v) { return log(v); });
    case 3:
      return use(4, [&](F16 v) { return sqrt(v); });
    case 4:
      return use(6, [&](F16 v) { return one / sqrt(v); });
    case 5:
      return use(1, [&](F16 v) { return v * v; });
    case 6:
      return use(1, [&](F16 v) { return as_float(as_int(v) & set1_int(INT32_MAX)); });
    case 7:
      return use(1, [&](F16 v) { return keep_nan(v, max(v, zero())); });
    case 8:
      return use(8, [&](F16 v) { return sigmoid(v); });
    case 9:
      return use(2, [&](F16 v) { return one / v; });
    case 10:
      return use(1, [&](F16 v) { return keep_nan(v, min(max(v, p), q)); });
    case 11:
      return use(1, [&](F16 v) { return keep_nan(v, select(less(zero(), v), one, p)); });
    case 12:
      return use(8, [&](F16 v) { return v * sigmoid(v); });
  }
}

/** Calls `use(f)` with function `op` of two operands, if its result is a number. */
template <typename Use>
ICRL_INLINE void with_binary(size_t op, Use&& use) {
  switch (op) {
    case 0:
      return use([](F16 a, F16 b) { return a + b; });
    case 1:
      return use([](F16 a, F16 b) { return a - b; });
    case 2:
      return use([](F16 a, F16 b) { return a * b; });
    case 3:
      return use([](F16 a, F16 b) { return a / b; });
    case 4:
      return use([](F16 a, F16 b) { return keep_nan(b, keep_nan(a, max(a, b))); });
    case 5:
      return use([](F16 a, F16 b) { return keep_nan(b, keep_nan(a, min(a, b))); });
    case 6:
      return use([](F16 a, F16 b) { return (a - b) * (a - b); });
  }
}

/** Calls `use(f)` with function `op` of two operands, if its result is true or false. */
template <typename Use>
ICRL_INLINE void with_comparison(size_t op, Use&& use) {
  switch (op) {
    case 7:
      return use([](F16 a, F16 b) { return less(a, b); });
    case 8:
      return use([](F16 a, F16 b) { return less_equal(a, b); });
    case 9:
      return use([](F16 a, F16 b) { return less(b, a); });
    case 10:
      return use([](F16 a, F16 b) { return less_equal(b, a); });
    case 11:
      return use([](F16 a, F16 b) { return equal(a, b); });
    case 12:
      return use([](F16 a, F16 b) { return not_equal(a, b); });
  }
}

/** Numbers of the functions from this one on are comparisons. */
constexpr size_t kFirstComparison = 7;

}  // namespace ICRL_NAMESPACE
