// A decoder block from its attention on: output projection, norm, gated feed-forward part, two
// residual sums.
#include "block-rows.h"

namespace ICRL_NAMESPACE {

namespace {

struct Widths {
  size_t width, attended, hidden;

  size_t weights() const { return width * (attended + 3 * hidden); }
  size_t longest() const {
    return attended > hidden ? (attended > width ? attended : width)
                             : (hidden > width ? hidden : width);
  }
};

}  // namespace

/**
 * attended, residual, output, bias of it (0: none), norm, gate, up, down; middle, gate, up, y;
 * rows, D, H · d, F, epsilon.
 */
void outputAndMlp(const Args& args) {
  const float *attended = args.floats(0), *residual = args.floats(1), *norm = args.floats(4);
  float *middle = args.floats(8), *gate = args.floats(9), *up = args.floats(10),
        *y = args.floats(11);
  const size_t rows = args.size(12);
  const Widths w{args.size(13), args.size(14), args.size(15)};
  const float epsilon = args.real(16);
  Layouts layouts(w.weights(), w.longest());
  const Panels output = layouts.transposed(args.floats(2), w.width, w.attended),
               toGate = layouts.transposed(args.floats(5), w.hidden, w.width);
  const Panels toUp = layouts.transposed(args.floats(6), w.hidden, w.width),
               down = layouts.transposed(args.floats(7), w.width, w.hidden);
  each_block(rows, w.weights(), [&](size_t start, size_t m) {
    float* normed = scratch(scratch_main, m * (w.width + w.hidden));
    float* activated = normed + m * w.width;
    const size_t at = start * w.width, hiddenAt = start * w.hidden;
    multiply_block_rows(m, attended + start * w.attended, output, middle + at);
    add_bias(args.floats(3), m, w.width, middle + at);
    for (size_t i = 0; i < m; i++) {
      add_row(residual + at + i * w.width, w.width, middle + at + i * w.width);
      norm_row(middle + at + i * w.width, norm, epsilon, w.width, normed + i * w.width);
    }
    multiply_block_rows(m, normed, toGate, gate + hiddenAt);
    multiply_block_rows(m, normed, toUp, up + hiddenAt);
    activate(gate + hiddenAt, up + hiddenAt, m * w.hidden, activated);
    multiply_block_rows(m, activated, down, y + at);
    for (size_t i = 0; i < m; i++)
      add_row(middle + at + i * w.width, w.width, y + at + i * w.width);
  });
}

/**
 * dy, middle, gate, up, norm, weights of output, gate, up, down; dmiddle, dattended, activated,
 * normed, dgate, dup, dnorm; rows, D, H · d, F, epsilon.
 */
void outputAndMlpGrad(const Args& args) {
  const float *dy = args.floats(0), *middle = args.floats(1), *gate = args.floats(2),
              *up = args.floats(3), *norm = args.floats(4);
  float *dmiddle = args.floats(9), *dattended = args.floats(10), *activated = args.floats(11),
        *normed = args.floats(12), *dgate = args.floats(13), *dup = args.floats(14);
  const size_t rows = args.size(16);
  const Widths w{args.size(17), args.size(18), args.size(19)};
  const float epsilon = args.real(20);
  Layouts layouts(w.weights(), w.longest());
  const Panels output = layouts.straight(args.floats(5), w.width, w.attended),
               toGate = layouts.straight(args.floats(6), w.hidden, w.width);
  const Panels toUp = layouts.straight(args.floats(7), w.hidden, w.width),
               down = layouts.straight(args.floats(8), w.width, w.hidden);
  GainSums gains(scratch_rows, rows, 1, w.width);
  each_block(rows, w.weights(), [&](size_t start, size_t m) {
    float* dactivated = scratch(scratch_main, m * (w.hidden + w.width + 1));
    float *dnormed = dactivated + m * w.hidden, *scales = dnormed + m * w.width;
    const size_t at = start * w.width, hiddenAt = start * w.hidden;
    multiply_block_rows(m, dy + at, down, dactivated);
    activate_gradient(dactivated, gate + hiddenAt, up + hiddenAt, m * w.hidden, dgate + hiddenAt,
                      dup + hiddenAt, activated + hiddenAt);
    multiply_block_rows(m, dgate + hiddenAt, toGate, dnormed);
    multiply_block_rows(m, dup + hiddenAt, toUp, dnormed, true);
    norm_rows_gradient(start, m, w.width, epsilon, dnormed, middle + at, norm, dy + at, normed + at,
                       dmiddle + at, gains, scales);
    multiply_block_rows(m, dmiddle + at, output, dattended + start * w.attended);
  });
  gains.add_up(args.floats(15));
}

}  // namespace ICRL_NAMESPACE
