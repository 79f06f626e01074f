// Decode steps of running sequences: a call is copied to the device at once, and each of its steps
// is the same list of launches.
#include <algorithm>
#include <cstring>
#include <vector>

#include "../../rotary-table.h"
#include "attention.h"
#include "block.h"
#include "decode-call.h"
#include "head.h"
#include "ops.h"
#include "recorded-steps.h"
#include "rows.h"

namespace icrl_gpu {

namespace {

using A = decodeTokens_args;

/** What the launches of a step depend on, beside weights. */
struct StepShape {
  size_t rows;      // sequences, rounded up
  size_t capacity;  // pages of all sequences, rounded up
  size_t width, hidden, vocabulary, layers;
  Heads of;
  Shape attention;
  float epsilon;
  bool filters;
};

size_t power_of_two(size_t least) {
  size_t power = 1;
  while (power < least) power *= 2;
  return power;
}

/** Few numbers of rows, so that few steps are recorded. */
size_t rounded_rows(size_t sequences) {
  return sequences <= 32 ? power_of_two(sequences) : blocks_of(sequences, 32) * 32;
}

constexpr size_t kFewestPages = 16;

StepShape shape_of(const Args& args) {
  const size_t sequences = args.size(A::sequences),
               pages = static_cast<size_t>(args.ints(A::tableStarts)[sequences]);
  const Heads of{args.size(A::heads), args.size(A::keyValueHeads), args.size(A::headDim)};
  return {rounded_rows(sequences),
          power_of_two(std::max(pages, kFewestPages)),
          args.size(A::width),
          args.size(A::hidden),
          args.size(A::vocabulary),
          args.size(A::layers),
          of,
          {static_cast<int>(of.heads), static_cast<int>(of.groups), static_cast<int>(of.width),
           args.real(A::scale)},
          args.real(A::epsilon),
          any_filter(args.ints(A::topK), args.floats(A::topP), sequences)};
}

Args block_at(const Args& args, size_t layer) {
  return Args{args.pointer<const double>(A::blocks) + layer * decoderBlock_args::argument_count};
}

constexpr size_t kBlockLayers = 7;

/** Every number that the launches of a step are made of. */
std::vector<double> key_of(const Args& args, const StepShape& shape, const DecodeCall* call) {
  std::vector<double> key{static_cast<double>(reinterpret_cast<uintptr_t>(call)),
                          static_cast<double>(current_arithmetic()),
                          static_cast<double>(with_warpgroups(kWarpgroupTile)),
                          static_cast<double>(shape.rows),
                          static_cast<double>(shape.capacity),
                          static_cast<double>(shape.filters)};
  for (const auto i :
       {A::embedding, A::norm, A::head, A::layers, A::width, A::hidden, A::vocabulary, A::heads,
        A::keyValueHeads, A::headDim, A::scale, A::epsilon, A::embeddingStride, A::headStride})
    key.push_back(args.number(i));
  using B = decoderBlock_args;
  for (size_t layer = 0; layer < shape.layers; layer++) {
    const Args block = block_at(args, layer);
    for (const auto i : {B::attentionNorm, B::queryNorm, B::keyNorm, B::feedForwardNorm})
      key.push_back(block.number(i));
    const double* layers = block.pointer<const double>(B::layers);
    key.insert(key.end(), layers, layers + kBlockLayers * layer_args::argument_count);
  }
  return key;
}

DecodeRows take_rows(Working& working, const StepShape& shape) {
  const size_t rows = shape.rows;
  return {working.take<int32_t>(rows),
          working.take<AttentionTask>(rows),
          working.take<int32_t>(rows),
          working.take<int32_t>(rows),
          working.take<float>(rows),
          working.take<float>(rows),
          working.take<float>(rows * (shape.of.width / 2 * 2)),
          working.take<int32_t>(rows),
          working.take<double>(rows)};
}

/** `x[rows][width]`: the embeddings of `ids`. */
void embed(const Args& args, const StepShape& shape, const int32_t* ids, float* x) {
  const size_t elements = shape.rows * shape.width, stride = args.size(A::embeddingStride);
  if (stride > 0)
    launch_threads(
        kernels::gather_bf16, elements,
        {args.pointer<const uint16_t>(A::embedding), ids, x, shape.rows, shape.width, stride});
  else
    launch_threads(kernels::gather_rows, elements,
                   {args.pointer<const uint32_t>(A::embedding), ids, reinterpret_cast<uint32_t*>(x),
                    1, shape.vocabulary, shape.rows, shape.width});
}

/** What the parts of a block leave for one another. */
struct Between {
  float *queries, *keys, *values, *attended, *middle, *gated, *upped;
};

void run_block(const Args& block, const StepShape& shape, const DecodeRows& rows,
               const CachePage* pages, const Between& between, float* x) {
  using B = decoderBlock_args;
  const size_t width = shape.width;
  const auto layer = [&](int n, size_t in) { return layer_at(block, B::layers, n, in); };
  project_rows({shape.rows, width, shape.of, shape.epsilon, x, block.floats(B::attentionNorm),
                block.floats(B::queryNorm), block.floats(B::keyNorm), rows.angles, layer(0, width),
                layer(1, width), layer(2, width), between.queries, between.keys, between.values,
                between.queries, between.keys});
  attend_tokens(shape.attention, {shape.rows, rows.tasks, pages, rows.places, rows.rows},
                between.queries, between.keys, between.values, between.attended);
  output_and_mlp_rows({shape.rows, width, shape.of.queries(), shape.hidden, shape.epsilon,
                       between.attended, x, block.floats(B::feedForwardNorm),
                       layer(3, shape.of.queries()), layer(4, width), layer(5, width),
                       layer(6, shape.hidden), between.middle, between.gated, between.upped, x});
}

/** The launches of a step: from the newest tokens through the model to the next ones. */
void collect_step(const Args& args, const StepShape& shape, DecodeCall* call, Working& working,
                  RecordedStep& step) {
  const size_t rows = shape.rows, angles = shape.of.width / 2 * 2;
  const DecodeRows to = step.rows = take_rows(working, shape);
  step.pages = working.take<CachePage>(shape.layers * shape.capacity);
  float *x = working.take<float>(rows * shape.width), *logprobs = working.take<float>(rows);
  const auto take = [&](size_t each) { return working.take<float>(rows * each); };
  const Between between{take(shape.of.queries()), take(shape.of.keys()), take(shape.of.keys()),
                        take(shape.of.queries()), take(shape.width),     take(shape.hidden),
                        take(shape.hidden)};
  launch_threads(kernels::decode_prepare, rows * angles, {call, to, rows, angles});
  embed(args, shape, to.ids, x);
  for (size_t layer = 0; layer < shape.layers; layer++)
    run_block(block_at(args, layer), shape, to, step.pages + layer * shape.capacity, between, x);
  norm_rows(x, args.floats(A::norm), shape.epsilon, rows, shape.width, between.middle);
  draw_rows(
      between.middle,
      weight_rows(args.pointer<const void>(A::head), args.size(A::headStride), shape.width),
      shape.vocabulary, shape.width,
      {rows, to.temperatures, to.uniforms, to.topK, to.topP, shape.filters, to.ids, logprobs});
  launch(kernels::decode_advance, {1}, {call, to.ids, logprobs});
}

}  // namespace

void decodeTokens(const Args& args) {
  const StepShape shape = shape_of(args);
  const size_t keys = shape.of.keys();
  const bool bf16 = args.flag(A::bf16);
  check_pages("decodeTokens", shape.attention, bf16);
  const UploadedCall uploaded = upload_call(args);
  RecordedStep& step =
      recorded_step(key_of(args, shape, uploaded.call), [&](Working& working, RecordedStep& fresh) {
        collect_step(args, shape, uploaded.call, working, fresh);
      });
  launch_threads(kernels::decode_pages, shape.layers * uploaded.pages,
                 {uploaded.numbers, uploaded.slabs, step.pages, shape.layers,
                  args.size(A::slabCount), uploaded.pages, shape.capacity, page_bytes(keys, bf16)});
  for (size_t i = 0; i < args.size(A::steps); i++) step.run();
}

}  // namespace icrl_gpu
