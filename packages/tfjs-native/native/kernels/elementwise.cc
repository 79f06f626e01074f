#include "elementwise.h"
#include "elementwise-functions.h"

namespace ICRL_NAMESPACE {

namespace {

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
  using A = unary_args;
  const float* x = args.floats(A::x);
  float* y = args.floats(A::y);
  const size_t n = args.size(A::elements);
  with_unary(args.size(A::op), set1(args.real(A::p)), set1(args.real(A::q)),
             [&](double cost, auto f) { map(x, y, n, cost, f); });
}

namespace {

template <typename F>
static void combine(const Args& args, const Broadcast& shape, F&& f) {
  using A = binary_args;
  const float *a = args.floats(A::a), *b = args.floats(A::b);
  float* y = args.floats(A::y);
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
  using A = binary_args;
  const float *a = args.floats(A::a), *b = args.floats(A::b);
  uint8_t* y = args.pointer<uint8_t>(A::y);
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
  using A = binary_args;
  const Broadcast shape{args.size(A::rank), args.ints(A::shape), args.ints(A::aStrides),
                        args.ints(A::bStrides)};
  const size_t op = args.size(A::op);
  if (op < kFirstComparison) with_binary(op, [&](auto f) { combine(args, shape, f); });
  else with_comparison(op, [&](auto f) { compare(args, shape, f); });
}

/** condition (bytes), yes, no, y, elements, elements per condition. */
void selectWhere(const Args& args) {
  using A = selectWhere_args;
  const uint8_t* condition = args.pointer<const uint8_t>(A::condition);
  const float *yes = args.floats(A::yes), *no = args.floats(A::no);
  float* y = args.floats(A::y);
  const size_t each = args.size(A::each);
  parallel_ranges(args.size(A::elements), 1024, 2, [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++)
      y[i] = condition[each == 1 ? i : i / each] ? yes[i] : no[i];
  });
}

}  // namespace ICRL_NAMESPACE
