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

struct Layers {
  Linear output, gate, up, down;

  size_t rank() const { return largest_rank(output, gate, up, down); }
};

Layers layers_at(const Args& args, int i) {
  return {linear_at(args, i, 0), linear_at(args, i, 1), linear_at(args, i, 2),
          linear_at(args, i, 3)};
}

}  // namespace

/**
 * attended, residual, norm; middle, gate, up, y; rows, D, H · d, F, epsilon; the layers output,
 * gate, up, down.
 */
void outputAndMlp(const Args& args) {
  using A = outputAndMlp_args;
  const float *attended = args.floats(A::attended), *residual = args.floats(A::residual),
              *norm = args.floats(A::norm);
  float *middle = args.floats(A::middle), *gate = args.floats(A::gate), *up = args.floats(A::up),
        *y = args.floats(A::y);
  const size_t rows = args.size(A::rows);
  const Widths w{args.size(A::width), args.size(A::attendedWidth), args.size(A::hidden)};
  const float epsilon = args.real(A::epsilon);
  const Layers layers = layers_at(args, A::layers);
  Layouts layouts(w.weights(), w.longest(), layers.rank());
  const LaidOut output = layouts.transposed(layers.output, w.width, w.attended),
                toGate = layouts.transposed(layers.gate, w.hidden, w.width);
  const LaidOut toUp = layouts.transposed(layers.up, w.hidden, w.width),
                down = layouts.transposed(layers.down, w.width, w.hidden);
  each_block(rows, w.weights(), [&](size_t start, size_t m) {
    float* normed = scratch(scratch_main, m * (w.width + w.hidden));
    float* activated = normed + m * w.width;
    const size_t at = start * w.width, hiddenAt = start * w.hidden;
    linear_rows(m, attended + start * w.attended, output, middle + at);
    for (size_t i = 0; i < m; i++) {
      add_row(residual + at + i * w.width, w.width, middle + at + i * w.width);
      norm_row(middle + at + i * w.width, norm, epsilon, w.width, normed + i * w.width);
    }
    linear_rows(m, normed, toGate, gate + hiddenAt);
    linear_rows(m, normed, toUp, up + hiddenAt);
    activate(gate + hiddenAt, up + hiddenAt, m * w.hidden, activated);
    linear_rows(m, activated, down, y + at);
    for (size_t i = 0; i < m; i++)
      add_row(middle + at + i * w.width, w.width, y + at + i * w.width);
  });
}

/**
 * dy, middle, gate, up, norm; dmiddle, dattended, activated, normed, dgate, dup, dnorm; rows, D, H
 * · d, F, epsilon; the layers output, gate, up, down.
 */
void outputAndMlpGrad(const Args& args) {
  using A = outputAndMlpGrad_args;
  const float *dy = args.floats(A::dy), *middle = args.floats(A::middle),
              *gate = args.floats(A::gate), *up = args.floats(A::up), *norm = args.floats(A::norm);
  float *dmiddle = args.floats(A::dmiddle), *dattended = args.floats(A::dattended),
        *activated = args.floats(A::activated), *normed = args.floats(A::normed),
        *dgate = args.floats(A::dgate), *dup = args.floats(A::dup);
  const size_t rows = args.size(A::rows);
  const Widths w{args.size(A::width), args.size(A::attendedWidth), args.size(A::hidden)};
  const float epsilon = args.real(A::epsilon);
  const Layers layers = layers_at(args, A::layers);
  Layouts layouts(w.weights(), w.longest(), layers.rank());
  const LaidOut output = layouts.straight(layers.output, w.width, w.attended),
                toGate = layouts.straight(layers.gate, w.hidden, w.width);
  const LaidOut toUp = layouts.straight(layers.up, w.hidden, w.width),
                down = layouts.straight(layers.down, w.width, w.hidden);
  GainSums gains(scratch_rows, rows, 1, w.width);
  each_block(rows, w.weights(), [&](size_t start, size_t m) {
    float* dactivated = scratch(scratch_main, m * (w.hidden + w.width + 1));
    float *dnormed = dactivated + m * w.hidden, *scales = dnormed + m * w.width;
    const size_t at = start * w.width, hiddenAt = start * w.hidden;
    linear_rows_gradient(m, dy + at, down, dactivated);
    activate_gradient(dactivated, gate + hiddenAt, up + hiddenAt, m * w.hidden, dgate + hiddenAt,
                      dup + hiddenAt, activated + hiddenAt);
    linear_rows_gradient(m, dgate + hiddenAt, toGate, dnormed);
    linear_rows_gradient(m, dup + hiddenAt, toUp, dnormed, true);
    norm_rows_gradient(start, m, w.width, epsilon, dnormed, middle + at, norm, dy + at, normed + at,
                       dmiddle + at, gains, scales);
    linear_rows_gradient(m, dmiddle + at, output, dattended + start * w.attended);
  });
  gains.add_up(args.floats(A::dnorm));
}

}  // namespace ICRL_NAMESPACE
