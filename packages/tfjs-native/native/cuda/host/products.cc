#include "products.h"

#include <algorithm>

#include "ops.h"

namespace icrl_gpu {

Matrix weight_rows(const void* data, size_t stride, size_t in) {
  if (stride == 0) return rows_of(static_cast<const float*>(data), in);
  return {nullptr, static_cast<const uint16_t*>(data), stride, 1};
}

Matrix transposed(const Matrix& matrix) {
  return {matrix.floats, matrix.halves, matrix.column, matrix.row};
}

Matrix below(const Matrix& matrix, size_t rows) {
  Matrix rest = matrix;
  if (matrix.halves) rest.halves += rows * matrix.row;
  else rest.floats += rows * matrix.row;
  return rest;
}

namespace {

/** The most a grid is high or deep. */
constexpr size_t kGridLimit = 65535;

void launch_product(const product_parameters& args, size_t count) {
  const auto run = [&](const Kernel<product_parameters>& kernel, size_t rows, size_t columns,
                       size_t steps) {
    launch(kernel, {blocks_of(args.n, columns), blocks_of(args.m, rows), count}, args,
           product_shared(rows, columns, steps));
  };
  if (args.m <= 16) run(kernels::product_16, 16, 64, 32);
  else if (args.m >= 256 && args.n >= 256) run(kernels::product_128, 128, 128, 8);
  else run(kernels::product_64, 64, 64, 16);
}

}  // namespace

void product(size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b, float* c,
             bool accumulate, const Batch& batch) {
  for (size_t i = 0; i < batch.count; i += kGridLimit)
    launch_product({m, n, k, a.floats + i * batch.a, a.row, a.column, batch.a,
                    b.floats ? b.floats + i * batch.b : nullptr, b.halves, b.row, b.column, batch.b,
                    c + i * batch.c, n, batch.c, accumulate},
                   std::min(batch.count - i, kGridLimit));
}

void add_to(const float* x, size_t elements, float* y) {
  launch_threads(kernels::add, elements, {x, y, elements});
}

void add_product(Working& working, size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b,
                 float* c) {
  float* whole = working.take<float>(m * n);
  product(m, n, k, a, b, whole);
  add_to(whole, m * n, c);
}

Layer layer_at(const Args& args, int i, int n, size_t in) {
  using A = layer_args;
  const Args layer = args.record(i, n, A::argument_count);
  return {weight_rows(layer.pointer<const void>(A::weight), layer.size(A::stride), in),
          layer.floats(A::bias),
          layer.floats(A::adapterA),
          layer.floats(A::adapterB),
          layer.size(A::rank),
          layer.real(A::scale)};
}

void linear(Working& working, size_t m, size_t out, size_t in, const float* x, const Layer& layer,
            float* y) {
  product(m, out, in, rows_of(x, in), transposed(layer.weight), y);
  if (layer.bias) launch_threads(kernels::add_bias, m * out, {layer.bias, y, m, out});
  const size_t rank = layer.rank;
  if (rank == 0) return;
  float* inner = working.take<float>(m * rank);
  product(m, rank, in, rows_of(x, in), columns_of(layer.adapterA, in), inner);
  launch_threads(kernels::scale, m * rank, {inner, m * rank, layer.scale});
  add_product(working, m, out, rank, rows_of(inner, rank), columns_of(layer.adapterB, rank), y);
}

void linear_gradient(Working& working, size_t m, size_t out, size_t in, const float* dy,
                     const Layer& layer, float* dx, bool accumulate) {
  product(m, in, out, rows_of(dy, out), layer.weight, dx, accumulate);
  const size_t rank = layer.rank;
  if (rank == 0) return;
  float* inner = working.take<float>(m * rank);
  product(m, rank, out, rows_of(dy, out), rows_of(layer.adapterB, rank), inner);
  launch_threads(kernels::scale, m * rank, {inner, m * rank, layer.scale});
  product(m, in, rank, rows_of(inner, rank), rows_of(layer.adapterA, in), dx, true);
}

void matMul(const Args& args) {
  using A = matMul_args;
  const size_t m = args.size(A::m), n = args.size(A::n), k = args.size(A::k);
  const float *a = args.floats(A::a), *b = args.floats(A::b);
  product(m, n, k, args.flag(A::transposeA) ? columns_of(a, m) : rows_of(a, k),
          args.flag(A::transposeB) ? columns_of(b, k) : rows_of(b, n), args.floats(A::c), false,
          {args.size(A::batch), args.size(A::aNext), args.size(A::bNext), m * n});
}

void matMulBf16(const Args& args) {
  using A = matMulBf16_args;
  const size_t k = args.size(A::k);
  product(args.size(A::m), args.size(A::n), k, rows_of(args.floats(A::x), k),
          transposed(weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), k)),
          args.floats(A::y));
}

void addWeightGrad(const Args& args) {
  using A = addWeightGrad_args;
  const size_t rows = args.size(A::rows), out = args.size(A::out), in = args.size(A::in);
  Working working;
  add_product(working, out, in, rows, columns_of(args.floats(A::dy), out),
              rows_of(args.floats(A::x), in), args.floats(A::sum));
}

}  // namespace icrl_gpu
