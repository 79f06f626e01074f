// A decoder block before and after its attention: the kernels of its parts in sequence.
#include "ops.h"
#include "products.h"
#include "rows.h"

namespace icrl_gpu {

namespace {

/** Rows whose gradients of a norm's gain are summed together (kernels/block-rows.h). */
constexpr size_t kGainRows = 56;

struct Heads {
  size_t heads, groups, width;

  size_t queries() const { return heads * width; }
  size_t keys() const { return groups * width; }
};

}  // namespace

void qkvProjection(const Args& args) {
  using A = qkvProjection_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const Heads h{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim)};
  const float epsilon = args.real(A::epsilon);
  float *query = args.floats(A::query), *key = args.floats(A::key), *value = args.floats(A::value);
  Working working;
  float* normed = working.take<float>(rows * width);
  norm_rows(args.floats(A::x), args.floats(A::norm), epsilon, rows, width, normed);
  const Matrix x = rows_for_products(working, rows, width, normed);
  const auto project = [&](int n, size_t out, float* y) {
    linear(working, rows, out, width, x, layer_at(args, A::layers, n, width), y);
  };
  project(0, h.queries(), query);
  project(1, h.keys(), key);
  project(2, h.keys(), value);
  const float* angles =
      angles_of(args.floats(A::inverseFrequencies), h.width / 2, args.ints(A::positions), rows);
  rotate_rows(query, args.floats(A::queryNorm), epsilon, angles, rows, h.heads, h.width,
              args.floats(A::rotatedQuery));
  rotate_rows(key, args.floats(A::keyNorm), epsilon, angles, rows, h.groups, h.width,
              args.floats(A::rotatedKey));
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
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               attended = args.size(A::attendedWidth), hidden = args.size(A::hidden);
  float *middle = args.floats(A::middle), *gate = args.floats(A::gate), *up = args.floats(A::up),
        *y = args.floats(A::y);
  const auto layer = [&](int n, size_t in) { return layer_at(args, A::layers, n, in); };
  Working working;
  float *normed = working.take<float>(rows * width),
        *activated = working.take<float>(rows * hidden);
  linear(working, rows, width, attended,
         rows_for_products(working, rows, attended, args.floats(A::attended)), layer(0, attended),
         middle);
  add_to(args.floats(A::residual), rows * width, middle);
  norm_rows(middle, args.floats(A::norm), args.real(A::epsilon), rows, width, normed);
  const Matrix x = rows_for_products(working, rows, width, normed);
  linear(working, rows, hidden, width, x, layer(1, width), gate);
  linear(working, rows, hidden, width, x, layer(2, width), up);
  launch_vectors(kernels::swiglu, rows * hidden, {gate, up, activated, rows * hidden});
  linear(working, rows, width, hidden, rows_for_products(working, rows, hidden, activated),
         layer(3, hidden), y);
  add_to(middle, rows * width, y);
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
