#include "products.h"

#include <algorithm>
#include <cstdlib>
#include <string>

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

void product_float32(size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b, float* c,
                     bool accumulate, const Batch& batch, size_t c_row) {
  const product_parameters args{m,       n,        k,        a.floats,  a.row,    a.column,
                                batch.a, b.floats, b.halves, b.row,     b.column, batch.b,
                                c,       c_row,    batch.c,  accumulate};
  const auto run = [&](const Kernel<product_parameters>& kernel, size_t rows, size_t columns,
                       size_t steps) {
    launch(kernel, {blocks_of(n, columns), blocks_of(m, rows), batch.count}, args,
           product_shared(rows, columns, steps));
  };
  if (m <= 16) run(kernels::product_16, 16, 64, 32);
  else if (m >= 256 && n >= 256) run(kernels::product_128, 128, 128, 8);
  else run(kernels::product_64, 64, 64, 16);
}

Arithmetic arithmetic = Arithmetic::float32;

/** Rows of bf16, k along each. */
struct Operand {
  const uint16_t* data;
  size_t row, next;
};

/** Whether so many bf16s are a multiple of 16 bytes. */
bool fits(size_t bfloats) { return bfloats % 8 == 0; }

/** An operand of the tensor cores: where it lies if it is one, and otherwise a copy. */
Operand rounded(Working& working, size_t rows, size_t k, const Matrix& x, size_t step, size_t row,
                size_t count, size_t next) {
  if (is_operand({x.floats, x.halves, row, step}) && fits(next)) return {x.halves, row, next};
  const size_t copies = next > 0 ? count : 1, stride = blocks_of(k, 8) * 8;
  uint16_t* y = working.take<uint16_t>(copies * rows * stride);
  launch(kernels::round_operand,
         {blocks_of(stride, kRoundedDepth), blocks_of(rows, kRoundedRows), copies},
         {x.floats, x.halves, row, step, next, y, rows, k, stride, rows * stride}, kRoundedShared);
  return {y, stride, next > 0 ? rows * stride : 0};
}

/** Whether products keep to the instructions that all generations have; no bit depends on it. */
bool only_mma() {
  const char* chosen = std::getenv("ICRL_CUDA_GEMM");
  if (!chosen || !*chosen) return false;
  if (std::string(chosen) == "mma") return true;
  throw DeviceError(std::string("ICRL_CUDA_GEMM is ") + chosen + "; it can be mma or nothing");
}

/** Few rows fill a tile's columns, and the weights its rows: the other way round the same bits. */
void launch_bf16(const product_bf16_parameters& args, size_t count) {
  const auto run = [&](const Kernel<product_bf16_parameters>& kernel, size_t rows, size_t columns,
                       const product_bf16_parameters& x) {
    launch(kernel, {blocks_of(x.n, columns), blocks_of(x.m, rows), count}, x,
           product_bf16_shared(rows, columns));
  };
  if (count == 1 && with_warpgroups(std::min(args.m, args.n)))
    return launch(kernels::product_wgmma,
                  {blocks_of(args.n, kWarpgroupTile), blocks_of(args.m, kWarpgroupTile)},
                  {device().tile_map(args.a, args.m, args.k, args.aRow),
                   device().tile_map(args.b, args.n, args.k, args.bRow), args.m, args.n, args.k,
                   args.c, args.cRow, args.cColumn, args.accumulate},
                  warpgroup_shared(1));
  const product_bf16_parameters swapped{
      args.n,    args.m,     args.k, args.b,       args.bRow, args.bNext, args.a,
      args.aRow, args.aNext, args.c, args.cColumn, args.cRow, args.cNext, args.accumulate};
  const product_bf16_parameters& tall = args.m < args.n ? swapped : args;
  if (tall.n <= 8) run(kernels::product_bf16_8, 64, 8, tall);
  else if (tall.n <= 32) run(kernels::product_bf16_32, 64, 32, tall);
  else if (tall.n >= 256) run(kernels::product_bf16_128, 128, 128, args);
  else run(kernels::product_bf16_64, 64, 64, args);
}

void product_bf16(size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b, float* c,
                  bool accumulate, const Batch& batch, size_t c_row) {
  Working working;
  const Operand left = rounded(working, m, k, a, a.column, a.row, batch.count, batch.a),
                right = rounded(working, n, k, b, b.row, b.column, batch.count, batch.b);
  launch_bf16({m, n, k, left.data, left.row, left.next, right.data, right.row, right.next, c, c_row,
               1, batch.c, accumulate},
              batch.count);
}

}  // namespace

void set_arithmetic(Arithmetic chosen) { arithmetic = chosen; }
Arithmetic current_arithmetic() { return arithmetic; }

bool with_warpgroups(size_t narrow) {
  return narrow > kWarpgroupTile / 2 && device().has_warpgroups() && !only_mma();
}

bool is_operand(const Matrix& matrix) {
  return matrix.halves && matrix.column == 1 && fits(matrix.row) &&
         fits(reinterpret_cast<uintptr_t>(matrix.halves) / sizeof(uint16_t));
}

void product(size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b, float* c,
             bool accumulate, const Batch& batch, size_t c_row) {
  for (size_t i = 0; i < batch.count; i += kGridLimit) {
    const Batch part{std::min(batch.count - i, kGridLimit), batch.a, batch.b, batch.c};
    Matrix left = a, right = b;
    if (left.floats) left.floats += i * batch.a;
    if (right.floats) right.floats += i * batch.b;
    const auto& compute = arithmetic == Arithmetic::bf16 ? product_bf16 : product_float32;
    compute(m, n, k, left, right, c + i * batch.c, accumulate, part, c_row ? c_row : n);
  }
}

Matrix operand_of(Working& working, size_t rows, size_t k, const Matrix& x) {
  const Operand operand = rounded(working, rows, k, x, x.column, x.row, 1, 0);
  return {nullptr, operand.data, operand.row, 1};
}

Matrix rows_for_products(Working& working, size_t rows, size_t k, const float* x) {
  const Matrix floats = rows_of(x, k);
  return arithmetic == Arithmetic::float32 ? floats : operand_of(working, rows, k, floats);
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

void linear(Working& working, size_t m, size_t out, size_t in, const Matrix& x, const Layer& layer,
            float* y) {
  product(m, out, in, x, transposed(layer.weight), y);
  if (layer.bias) launch_threads(kernels::add_bias, m * out, {layer.bias, y, m, out});
  const size_t rank = layer.rank;
  if (rank == 0) return;
  float* inner = working.take<float>(m * rank);
  product(m, rank, in, x, columns_of(layer.adapterA, in), inner);
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
