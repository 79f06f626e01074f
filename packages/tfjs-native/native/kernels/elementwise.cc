#include "elementwise.h"

namespace ICRL_NAMESPACE {

namespace {

ICRL_INLINE F16 keep_nan(F16 x, F16 y) { return select(not_equal(x, x), x, y); }

template <typename F>
static void map(const float* x, float* y, size_t n, double cost, F&& f) {
  parallel_ranges(n, 1024, cost, [&](size_t start, size_t end) {
    for_vectors(end - start, [&](size_t i, size_t lanes) {
      store_lanes(y + start + i, f(load_lanes(x + start + i, lanes)), lanes);
    });
  });
}

}  // namespace

/** Which function, x, y, elements, two parameters. */
void unary(const Args& args) {
  const float* x = args.floats(1);
  float* y = args.floats(2);
  const size_t n = args.size(3);
  const F16 p = set1(args.real(4)), q = set1(args.real(5)), one = set1(1.0f);
  switch (args.size(0)) {
    case 0:
      return map(x, y, n, 1, [&](F16 v) { return as_float(as_int(v) + set1_int(INT32_MIN)); });
    case 1:
      return map(x, y, n, 8, [&](F16 v) { return exp(v); });
    case 2:
      return map(x, y, n, 8, [&](F16 v) { return log(v); });
    case 3:
      return map(x, y, n, 4, [&](F16 v) { return sqrt(v); });
    case 4:
      return map(x, y, n, 6, [&](F16 v) { return one / sqrt(v); });
    case 5:
      return map(x, y, n, 1, [&](F16 v) { return v * v; });
    case 6:
      return map(x, y, n, 1, [&](F16 v) { return as_float(as_int(v) & set1_int(INT32_MAX)); });
    case 7:
      return map(x, y, n, 1, [&](F16 v) { return keep_nan(v, max(v, zero())); });
    case 8:
      return map(x, y, n, 8, [&](F16 v) { return sigmoid(v); });
    case 9:
      return map(x, y, n, 2, [&](F16 v) { return one / v; });
    case 10:
      return map(x, y, n, 1, [&](F16 v) { return keep_nan(v, min(max(v, p), q)); });
    case 11:
      return map(x, y, n, 1, [&](F16 v) { return keep_nan(v, select(less(zero(), v), one, p)); });
    case 12:
      return map(x, y, n, 8, [&](F16 v) { return v * sigmoid(v); });
  }
}

namespace {

template <typename F>
static void combine(const Args& args, const Broadcast& shape, F&& f) {
  const float *a = args.floats(1), *b = args.floats(2);
  float* y = args.floats(3);
  const bool aMoves = shape.aMoves(), bMoves = shape.bMoves();
  for_broadcast(shape, 1, [&](size_t ai, size_t bi, size_t yi, size_t n) {
    const float *left = a + ai, *right = b + bi;
    for_vectors(n, [&](size_t i, size_t lanes) {
      const F16 l = aMoves ? load_lanes(left + i, lanes) : set1(*left),
                r = bMoves ? load_lanes(right + i, lanes) : set1(*right);
      store_lanes(y + yi + i, f(l, r), lanes);
    });
  });
}

template <typename F>
static void compare(const Args& args, const Broadcast& shape, F&& f) {
  const float *a = args.floats(1), *b = args.floats(2);
  uint8_t* y = args.pointer<uint8_t>(3);
  const bool aMoves = shape.aMoves(), bMoves = shape.bMoves();
  for_broadcast(shape, 1, [&](size_t ai, size_t bi, size_t yi, size_t n) {
    const float *left = a + ai, *right = b + bi;
    for_vectors(n, [&](size_t i, size_t lanes) {
      const F16 l = aMoves ? load_lanes(left + i, lanes) : set1(*left),
                r = bMoves ? load_lanes(right + i, lanes) : set1(*right);
      const uint32_t bits = bits_of(f(l, r));
      for (size_t lane = 0; lane < lanes; lane++) y[yi + i + lane] = bits >> lane & 1;
    });
  });
}

}  // namespace

/** Which function, a, b, y, rank, shape, strides of a, strides of b. */
void binary(const Args& args) {
  const Broadcast shape{args.size(4), args.ints(5), args.ints(6), args.ints(7)};
  switch (args.size(0)) {
    case 0:
      return combine(args, shape, [](F16 a, F16 b) { return a + b; });
    case 1:
      return combine(args, shape, [](F16 a, F16 b) { return a - b; });
    case 2:
      return combine(args, shape, [](F16 a, F16 b) { return a * b; });
    case 3:
      return combine(args, shape, [](F16 a, F16 b) { return a / b; });
    case 4:
      return combine(args, shape, [](F16 a, F16 b) { return keep_nan(b, keep_nan(a, max(a, b))); });
    case 5:
      return combine(args, shape, [](F16 a, F16 b) { return keep_nan(b, keep_nan(a, min(a, b))); });
    case 6:
      return combine(args, shape, [](F16 a, F16 b) { return (a - b) * (a - b); });
    case 7:
      return compare(args, shape, [](F16 a, F16 b) { return less(a, b); });
    case 8:
      return compare(args, shape, [](F16 a, F16 b) { return less_equal(a, b); });
    case 9:
      return compare(args, shape, [](F16 a, F16 b) { return less(b, a); });
    case 10:
      return compare(args, shape, [](F16 a, F16 b) { return less_equal(b, a); });
    case 11:
      return compare(args, shape, [](F16 a, F16 b) { return equal(a, b); });
    case 12:
      return compare(args, shape, [](F16 a, F16 b) { return not_equal(a, b); });
  }
}

/** condition (bytes), yes, no, y, elements, elements per condition. */
void selectWhere(const Args& args) {
  const uint8_t* condition = args.pointer<const uint8_t>(0);
  const float *yes = args.floats(1), *no = args.floats(2);
  float* y = args.floats(3);
  const size_t each = args.size(5);
  parallel_ranges(args.size(4), 1024, 2, [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++)
      y[i] = condition[each == 1 ? i : i / each] ? yes[i] : no[i];
  });
}

}  // namespace ICRL_NAMESPACE
