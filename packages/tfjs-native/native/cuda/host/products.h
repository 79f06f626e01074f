// Products and linear layers on the device.
#pragma once
#include "../../ops.h"
#include "device-memory.h"

namespace icrl_gpu {

/** Element (i, j) of a matrix is at `i · row + j · column`; bf16 where `halves` is not null. */
struct Matrix {
  const float* floats;
  const uint16_t* halves;
  size_t row, column;
};

inline Matrix rows_of(const float* data, size_t width) { return {data, nullptr, width, 1}; }
inline Matrix columns_of(const float* data, size_t width) { return {data, nullptr, 1, width}; }
/** A weight `[out][in]`, in bf16 if it has a stride. */
Matrix weight_rows(const void* data, size_t stride, size_t in);
Matrix transposed(const Matrix& matrix);
/** Without the first `rows` rows. */
Matrix below(const Matrix& matrix, size_t rows);

/** How a batch goes on: elements from one operand to the next. */
struct Batch {
  size_t count, a, b, c;
};

/** How products are computed: all else is float32 in both. */
enum class Arithmetic {
  float32,  // with the bits of native-cpu
  bf16,     // both operands rounded to bf16, float32 sums on the tensor cores
};
/** For the ops from now on. */
void set_arithmetic(Arithmetic arithmetic);
Arithmetic current_arithmetic();

/**
 * `c[m][n] = a[m][k] · b[k][n]`, or `c += …` with the sums started from c. A float32 product takes
 * a in float32. Rows of c are `c_row` floats apart; 0: they are n.
 */
void product(size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b, float* c,
             bool accumulate = false, const Batch& batch = {1, 0, 0, 0}, size_t c_row = 0);
/** `c += a · b`, with the product complete before it is added. */
void add_product(Working& working, size_t m, size_t n, size_t k, const Matrix& a, const Matrix& b,
                 float* c);
/** y += x */
void add_to(const float* x, size_t elements, float* y);

/** A layer as JavaScript describes it (`layer` in ops.h). */
struct Layer {
  Matrix weight;
  const float *bias, *adapterA, *adapterB;
  size_t rank;
  float scale;
};
/** Layer n of those that argument i points to, with `in` inputs. */
Layer layer_at(const Args& args, int i, int n, size_t in);

/** Whether rows of a matrix are in bf16 and lie as the tensor cores take them. */
bool is_operand(const Matrix& matrix);
/** Rows `x[rows][k]` as the tensor cores take them: where they lie if they are, or a copy. */
Matrix operand_of(Working& working, size_t rows, size_t k, const Matrix& x);
/** Whether an H100's warpgroups multiply, if the smaller side of a product is that long. */
bool with_warpgroups(size_t narrow);

/** Rows `x[rows][k]` as products take them, so that several take them without a copy each. */
Matrix rows_for_products(Working& working, size_t rows, size_t k, const float* x);
/** `y[m][out] = (x · weightᵀ + bias) + (scale · (x · aᵀ)) · bᵀ` */
void linear(Working& working, size_t m, size_t out, size_t in, const Matrix& x, const Layer& layer,
            float* y);
/** `dx[m][in] (+)= dy · weight + (scale · (dy · b)) · a` */
void linear_gradient(Working& working, size_t m, size_t out, size_t in, const float* dy,
                     const Layer& layer, float* dx, bool accumulate = false);

}  // namespace icrl_gpu
