// Gradients of embeddings, AdamW, and weights from a file.
#include <algorithm>
#include <vector>

#include "../../kernels/stored-floats.h"
#include "device-memory.h"
#include "ops.h"

namespace icrl_gpu {

namespace {

/** The rows of each id first to last, so that sums take them in that order. */
void embedding_gradient(const float* dy, const int32_t* ids, float* y, size_t count, size_t rows,
                        size_t width, bool adds) {
  std::vector<int32_t> starts(rows + 1, 0), order(count);
  for (size_t n = 0; n < count; n++) starts[static_cast<size_t>(ids[n]) + 1]++;
  for (size_t id = 0; id < rows; id++) starts[id + 1] += starts[id];
  std::vector<int32_t> next(starts.begin(), starts.end() - 1);
  for (size_t n = 0; n < count; n++)
    order[static_cast<size_t>(next[static_cast<size_t>(ids[n])]++)] = static_cast<int32_t>(n);
  Working working;
  launch_half_warps(kernels::embedding_grad, rows * blocks_of(width, 16),
                    {dy, working.put(order.data(), count), working.put(starts.data(), rows + 1), y,
                     rows, width, adds});
}

}  // namespace

void embeddingGrad(const Args& args) {
  using A = embeddingGrad_args;
  embedding_gradient(args.floats(A::dy), args.ints(A::ids), args.floats(A::dweight),
                     args.size(A::count), args.size(A::rows), args.size(A::width), false);
}

void addEmbeddingGrad(const Args& args) {
  using A = addEmbeddingGrad_args;
  embedding_gradient(args.floats(A::dy), args.ints(A::ids), args.floats(A::sum),
                     args.size(A::count), args.size(A::rows), args.size(A::width), true);
}

void adamW(const Args& args) {
  using A = adamW_args;
  const adamw_parameters update{args.real(A::gradientScale),
                                args.real(A::beta1),
                                args.real(A::rest1),
                                args.real(A::beta2),
                                args.real(A::rest2),
                                args.real(A::bias1),
                                args.real(A::bias2),
                                args.real(A::epsilon),
                                args.real(A::rate),
                                args.real(A::keep),
                                args.floats(A::gradient),
                                args.pointer<void>(A::parameter),
                                args.pointer<void>(A::first),
                                args.pointer<void>(A::second),
                                args.pointer<int16_t>(A::low),
                                args.floats(A::firstScales),
                                args.floats(A::secondScales),
                                args.size(A::elements),
                                args.size(A::columns),
                                args.size(A::stride),
                                args.size(A::momentBits),
                                static_cast<uint32_t>(args.size(A::roundingKey))};
  if (!update.low && update.momentBits == 32)
    return launch_vectors(kernels::adamw, update.elements, update);
  constexpr size_t kMomentBlock = 256;  // of kernels/adamw-update.h
  launch_half_warps(kernels::adamw_packed, blocks_of(update.elements, kMomentBlock), update);
}

namespace {

using namespace icrl_scalar;

template <int type>
void store(const Args& args) {
  using A = storedFloats_args;
  const uint8_t* bytes = args.pointer<const uint8_t>(A::bytes);
  const size_t from = args.size(A::from), count = args.size(A::count),
               columns = args.size(A::columns), block = args.size(A::block);
  std::vector<int32_t> bad(blocks_of(count, block));
  for (size_t b = 0; b < bad.size(); b++)
    bad[b] = first_bad<type>(bytes, b * block, std::min(count, (b + 1) * block));
  upload(args.pointer<int32_t>(A::bad), bad.data(), bad.size() * sizeof(int32_t));
  if (count == 0) return;
  if (!args.flag(A::toBf16)) {
    std::vector<float> floats(count);
    to_floats<type>(bytes, {floats.data(), nullptr, 0, columns}, 0, count);
    upload(args.floats(A::target) + from, floats.data(), count * sizeof(float));
    return;
  }
  // The numbers and what pads the rows that they fill lie in one piece.
  const size_t stride = (columns + 1) / 2 * 2, row = from / columns, column = from % columns,
               last = (column + count - 1) / columns, end = (column + count - 1) % columns + 1;
  std::vector<Bf16> rows((last + 1) * stride);
  to_bfloats<type>(bytes, {nullptr, rows.data(), column, columns}, 0, count);
  const size_t stop = last * stride + (end == columns ? stride : end);
  upload(args.pointer<Bf16>(A::target) + row * stride + column, rows.data() + column,
         (stop - column) * sizeof(Bf16));
}

}  // namespace

void storedFloats(const Args& args) {
  using A = storedFloats_args;
  const int type = static_cast<int>(args.number(A::type));
  if (type == kFloat32) store<kFloat32>(args);
  else if (type == kBfloat16) store<kBfloat16>(args);
  else store<kFloat16>(args);
}

}  // namespace icrl_gpu
