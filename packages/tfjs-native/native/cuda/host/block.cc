// A decoder block before and after its attention: the kernels of its parts in sequence.
#include "block.h"

#include "ops.h"
#include "rows.h"

namespace icrl_gpu {

namespace {

/** Rows whose gradients of a norm's gain are summed together (kernels/block-rows.h). */
constexpr size_t kGainRows = 56;

}  // namespace

void project_rows(const QkvRows& a) {
  Working working;
  float* normed = working.take<float>(a.rows * a.width);
  norm_rows(a.x, a.norm, a.epsilon, a.rows, a.width, normed);
  const Matrix x = rows_for_products(working, a.rows, a.width, normed);
  linear(working, a.rows, a.of.queries(), a.width, x, a.query, a.queries);
  linear(working, a.rows, a.of.keys(), a.width, x, a.key, a.keys);
  linear(working, a.rows, a.of.keys(), a.width, x, a.value, a.values);
  rotate_rows(a.queries, a.queryNorm, a.epsilon, a.angles, a.rows, a.of.heads, a.of.width,
              a.rotatedQueries);
  rotate_rows(a.keys, a.keyNorm, a.epsilon, a.angles, a.rows, a.of.groups, a.of.width,
              a.rotatedKeys);
}

void output_and_mlp_rows(const MlpRows& a) {
  Working working;
  float *normed = working.take<float>(a.rows * a.width),
        *activated = working.take<float>(a.rows * a.hidden);
  linear(working, a.rows, a.width, a.attendedWidth,
         rows_for_products(working, a.rows, a.attendedWidth, a.attended), a.output, a.middle);
  add_to(a.residual, a.rows * a.width, a.middle);
  norm_rows(a.middle, a.norm, a.epsilon, a.rows, a.width, normed);
  const Matrix x = rows_for_products(working, a.rows, a.width, normed);
  linear(working, a.rows, a.hidden, a.width, x, a.gate, a.gated);
  linear(working, a.rows, a.hidden, a.width, x, a.up, a.upped);
  launch_vectors(kernels::swiglu, a.rows * a.hidden,
                 {a.gated, a.upped, activated, a.rows * a.hidden});
  linear(working, a.rows, a.width, a.hidden,
         rows_for_products(working, a.rows, a.hidden, activated), a.down, a.y);
  add_to(a.middle, a.rows * a.width, a.y);
}

void qkvProjection(const Args& args) {
  using A = qkvProjection_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const Heads of{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim)};
  const auto layer = [&](int n) { return layer_at(args, A::layers, n, width); };
  project_rows(
      {rows, width, of, args.real(A::epsilon), args.floats(A::x), args.floats(A::norm),
       args.floats(A::queryNorm), args.floats(A::keyNorm),
       angles_of(args.floats(A::inverseFrequencies), of.width / 2, args.ints(A::positions), rows),
       layer(0), layer(1), layer(2), args.floats(A::query), args.floats(A::key),
       args.floats(A::value), args.floats(A::rotatedQuery), args.floats(A::rotatedKey)});
}

void qkvProjectionGrad(const Args& args) {
  using A = qkvProjectionGrad_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const Heads h{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim)};
  const float epsilon = args.real(A::epsilon);
  float *dquery = args.floats(A::dquery), *dkey = args.floats(A::dkey);
  const float* angles =
      angles_of(args.floats(A::inverseFrequencies), h.width / 2, args.ints(A::positions), rows);
  Working working;
  rotate_rows_gradient(
      working,
      {args.floats(A::drotatedQuery), args.floats(A::query), args.floats(A::queryNorm), angles,
       dquery, args.floats(A::dqueryNorm), rows, h.heads, h.width, kGainRows, epsilon});
  rotate_rows_gradient(
      working, {args.floats(A::drotatedKey), args.floats(A::key), args.floats(A::keyNorm), angles,
                dkey, args.floats(A::dkeyNorm), rows, h.groups, h.width, kGainRows, epsilon});
  float* dnormed = working.take<float>(rows * width);
  const auto back = [&](int n, size_t out, const float* dy) {
    linear_gradient(working, rows, out, width, dy, layer_at(args, A::layers, n, width), dnormed,
                    n > 0);
  };
  back(0, h.queries(), dquery);
  back(1, h.keys(), dkey);
  back(2, h.keys(), args.floats(A::dvalue));
  norm_rows_gradient(
      working, {dnormed, args.floats(A::x), args.floats(A::norm), args.floats(A::dresidual),
                args.floats(A::normed), args.floats(A::dx), args.floats(A::dnorm), rows, width,
                kGainRows, epsilon});
}

void outputAndMlp(const Args& args) {
  using A = outputAndMlp_args;
  const size_t width = args.size(A::width), attended = args.size(A::attendedWidth),
               hidden = args.size(A::hidden);
  const auto layer = [&](int n, size_t in) { return layer_at(args, A::layers, n, in); };
  output_and_mlp_rows({args.size(A::rows), width, attended, hidden, args.real(A::epsilon),
                       args.floats(A::attended), args.floats(A::residual), args.floats(A::norm),
                       layer(0, attended), layer(1, width), layer(2, width), layer(3, hidden),
                       args.floats(A::middle), args.floats(A::gate), args.floats(A::up),
                       args.floats(A::y)});
}

void outputAndMlpGrad(const Args& args) {
  using A = outputAndMlpGrad_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               attended = args.size(A::attendedWidth), hidden = args.size(A::hidden);
  const float* dy = args.floats(A::dy);
  float *dgate = args.floats(A::dgate), *dup = args.floats(A::dup),
        *dmiddle = args.floats(A::dmiddle);
  const auto layer = [&](int n, size_t in) { return layer_at(args, A::layers, n, in); };
  Working working;
  float *dactivated = working.take<float>(rows * hidden),
        *dnormed = working.take<float>(rows * width);
  linear_gradient(working, rows, width, hidden, dy, layer(3, hidden), dactivated);
  launch_vectors(kernels::swiglu_grad, rows * hidden,
                 {dactivated, args.floats(A::gate), args.floats(A::up), dgate, dup,
                  args.floats(A::activated), rows * hidden});
  linear_gradient(working, rows, hidden, width, dgate, layer(1, width), dnormed);
  linear_gradient(working, rows, hidden, width, dup, layer(2, width), dnormed, true);
  norm_rows_gradient(
      working, {dnormed, args.floats(A::middle), args.floats(A::norm), dy, args.floats(A::normed),
                dmiddle, args.floats(A::dnorm), rows, width, kGainRows, args.real(A::epsilon)});
  linear_gradient(working, rows, width, attended, dmiddle, layer(0, attended),
                  args.floats(A::dattended));
}

}  // namespace icrl_gpu
