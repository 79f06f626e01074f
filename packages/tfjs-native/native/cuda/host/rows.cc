#include "rows.h"

#include <cstring>
#include <vector>

#include "../../rotary-table.h"
#include "ops.h"

namespace icrl_gpu {

void norm_rows(const float* x, const float* gain, float epsilon, size_t rows, size_t width,
               float* y) {
  launch_half_warps(kernels::rms_norm, rows, {x, gain, y, rows, width, epsilon});
}

void gain_gradient(Working& working, const float* dy, const float* x, const float* scales,
                   size_t rows, size_t width, size_t each, float* dgain) {
  const size_t blocks = blocks_of(rows, each),
               columns = blocks_of(width, kernels::gain_grad.threads);
  float* sums = working.take<float>(blocks * width);
  launch(kernels::gain_grad, {columns, blocks}, {dy, x, scales, sums, rows, width, each});
  launch_threads(kernels::add_up, width, {sums, dgain, blocks, width});
}

void norm_rows_gradient(Working& working, const NormGradient& g) {
  float* scales = working.take<float>(g.rows);
  launch_half_warps(
      kernels::rms_norm_grad, g.rows,
      {g.dy, g.x, g.gain, g.dresidual, g.normed, g.dx, scales, g.rows, g.width, g.epsilon});
  if (g.each > 0)
    return gain_gradient(working, g.dy, g.x, scales, g.rows, g.width, g.each, g.dgain);
  const size_t columns = blocks_of(g.width, kernels::gain_grad.threads), all = g.rows ? g.rows : 1;
  launch(kernels::gain_grad, {columns, 1}, {g.dy, g.x, scales, g.dgain, g.rows, g.width, all});
}

namespace {

/** The angles of the last call: the layers of a model ask for the same ones. */
struct Angles {
  std::vector<float> frequencies;
  std::vector<int32_t> positions;
  float* memory = nullptr;
  size_t bytes = 0;

  bool are(const float* others, size_t half, const int32_t* at, size_t rows) const {
    return frequencies.size() == half && positions.size() == rows &&
           std::memcmp(frequencies.data(), others, half * sizeof(float)) == 0 &&
           std::memcmp(positions.data(), at, rows * sizeof(int32_t)) == 0;
  }
};

Angles kept;

}  // namespace

const float* angles_of(const float* frequencies, size_t half, const int32_t* positions,
                       size_t rows) {
  if (rows == 0 || kept.are(frequencies, half, positions, rows)) return kept.memory;
  const auto table = rotary_table(frequencies, half, positions, rows);
  std::vector<float> all(rows * 2 * half);
  for (size_t row = 0; row < rows; row++)
    std::memcpy(all.data() + row * 2 * half, rotary_row(*table, positions[row]),
                2 * half * sizeof(float));
  const size_t bytes = all.size() * sizeof(float);
  kept.positions.clear();
  if (bytes > kept.bytes) {
    if (kept.memory) device().release(kept.memory);
    kept = {};
    kept.memory = static_cast<float*>(device().allocate(bytes));
    kept.bytes = bytes;
  }
  upload(kept.memory, all.data(), bytes);
  kept.frequencies.assign(frequencies, frequencies + half);
  kept.positions.assign(positions, positions + rows);
  return kept.memory;
}

void rotate_rows(const float* x, const float* gain, float epsilon, const float* angles, size_t rows,
                 size_t heads, size_t width, float* y) {
  launch_half_warps(kernels::rotate, rows * heads,
                    {x, gain, angles, y, rows, heads, width, epsilon});
}

void rotate_rows_gradient(Working& working, const RotaryGradient& g) {
  const size_t vectors = g.rows * g.heads;
  float* rotated = g.gain ? working.take<float>(vectors * g.width) : g.dx;
  launch_half_warps(kernels::rotate_back, vectors,
                    {g.dy, g.angles, rotated, g.rows, g.heads, g.width});
  if (!g.gain) return;
  norm_rows_gradient(working, {rotated, g.x, g.gain, nullptr, nullptr, g.dx, g.dgain, vectors,
                               g.width, g.each * g.heads, g.epsilon});
}

void rmsNorm(const Args& args) {
  using A = rmsNorm_args;
  norm_rows(args.floats(A::x), args.floats(A::gain), args.real(A::epsilon), args.size(A::rows),
            args.size(A::width), args.floats(A::y));
}

void rmsNormGrad(const Args& args) {
  using A = rmsNormGrad_args;
  Working working;
  norm_rows_gradient(working, {args.floats(A::dy), args.floats(A::x), args.floats(A::gain), nullptr,
                               nullptr, args.floats(A::dx), args.floats(A::dgain),
                               args.size(A::rows), args.size(A::width), 0, args.real(A::epsilon)});
}

void rotary(const Args& args) {
  using A = rotary_args;
  const size_t rows = args.size(A::rows), width = args.size(A::headDim);
  const float* angles =
      angles_of(args.floats(A::inverseFrequencies), width / 2, args.ints(A::positions), rows);
  rotate_rows(args.floats(A::x), args.floats(A::gain), args.real(A::epsilon), angles, rows,
              args.size(A::heads), width, args.floats(A::y));
}

void rotaryGrad(const Args& args) {
  using A = rotaryGrad_args;
  const size_t rows = args.size(A::rows), width = args.size(A::headDim);
  const float* angles =
      angles_of(args.floats(A::inverseFrequencies), width / 2, args.ints(A::positions), rows);
  Working working;
  rotate_rows_gradient(working, {args.floats(A::dy), args.floats(A::x), args.floats(A::gain),
                                 angles, args.floats(A::dx), args.floats(A::dgain), rows,
                                 args.size(A::heads), width, 0, args.real(A::epsilon)});
}

void swiGlu(const Args& args) {
  using A = swiGlu_args;
  const size_t elements = args.size(A::elements);
  launch_vectors(kernels::swiglu, elements,
                 {args.floats(A::gate), args.floats(A::up), args.floats(A::y), elements});
}

void swiGluGrad(const Args& args) {
  using A = swiGluGrad_args;
  const size_t elements = args.size(A::elements);
  launch_vectors(kernels::swiglu_grad, elements,
                 {args.floats(A::dy), args.floats(A::gate), args.floats(A::up),
                  args.floats(A::dgate), args.floats(A::dup), nullptr, elements});
}

}  // namespace icrl_gpu
