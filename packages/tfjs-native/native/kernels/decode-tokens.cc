// Decode steps of running sequences: from each one's newest token through the model to the next,
// again and again, until it stops. If the model is small, each thread takes its own sequences
// through all steps without waiting for the others.
#include "decode-block.h"
#include "sample-row.h"

namespace ICRL_NAMESPACE {

namespace {

struct Model {
  Weight embedding;
  const float* norm;
  Linear head;
  size_t vocabulary, layers, slabs;
  Args blocks;  // records, one after another
  BlockShape shape;

  Block block(size_t layer) const;
};

Block Model::block(size_t layer) const {
  using A = decoderBlock_args;
  const Args args{blocks.values + layer * A::argument_count};
  const auto linear = [&](int i) { return linear_at(args, A::layers, i); };
  return {{args.pointer<const double>(A::slabs), slabs, shape.keys()},
          args.floats(A::attentionNorm),
          args.floats(A::queryNorm),
          args.floats(A::keyNorm),
          args.floats(A::feedForwardNorm),
          linear(0),
          linear(1),
          linear(2),
          linear(3),
          linear(4),
          linear(5),
          linear(6)};
}

/**
 * The state of the sequences, how to draw their tokens, and what they get: `ids` and `logprobs`
 * `[count][steps]`, and the count of each.
 */
struct Sequences {
  size_t steps;
  const int32_t *pages, *tableStarts, *lengths, *newest, *limits;
  const float* temperatures;
  const double* uniforms;  // [count][steps]
  const int32_t* topK;
  const float* topP;
  const int32_t *stops, *stopStarts;
  int32_t* ids;
  float* logprobs;
  int32_t* counts;

  Draw draw(size_t i, size_t step) const {
    return {temperatures[i], uniforms[i * steps + step], topK[i], topP[i]};
  }

  /** Whether the token is the sequence's last. */
  bool ends(size_t i, int32_t id) const {
    if (id < 0 || counts[i] >= limits[i]) return true;
    for (int32_t s = stopStarts[i]; s < stopStarts[i + 1]; s++)
      if (stops[s] == id) return true;
    return false;
  }
};

/** The sequences of a share that still run, and their newest tokens. */
struct Ongoing {
  size_t count;
  int32_t *sequences, *tables, *lengths, *ids;
};

/** Puts the newest token of each through the model: `normed[count][width]`. */
template <bool Shared>
void forward(const Model& model, const int32_t* pages, const Ongoing& running, float* x,
             float* normed, float* working) {
  const size_t width = model.shape.width;
  const Weight& table = model.embedding;
  for (size_t i = 0; i < running.count; i++) {
    const size_t id = static_cast<size_t>(running.ids[i]);
    if (table.halves) widen_row(table.halves + id * table.stride, width, x + i * width);
    else __builtin_memcpy(x + i * width, table.floats + id * width, width * sizeof(float));
  }
  for (size_t layer = 0; layer < model.layers; layer++)
    run_block<Shared>(model.shape, model.block(layer),
                      {running.count, pages, running.tables, running.lengths}, x, working);
  each_row<Shared>(running.count, static_cast<double>(width), [&](size_t i, size_t) {
    norm_row(x + i * width, model.norm, model.shape.epsilon, width, normed + i * width);
  });
}

/** Draws the next token of each. */
template <bool Shared>
void draw(const Model& model, const Sequences& all, size_t step, const Ongoing& running,
          const float* normed) {
  const size_t width = model.shape.width, vocabulary = model.vocabulary,
               most = logit_rows(running.count, vocabulary);
  float* logits = scratch(scratch_logits, most * vocabulary);
  for (size_t start = 0; start < running.count; start += most) {
    const size_t some = smaller(most, running.count - start);
    linear_product<Shared>(some, vocabulary, width, normed + start * width, model.head, logits);
    each_row<Shared>(some, static_cast<double>(vocabulary) * 16, [&](size_t i, size_t) {
      const size_t sequence = static_cast<size_t>(running.sequences[start + i]),
                   at = sequence * all.steps + step;
      sample_row(logits + i * vocabulary, vocabulary, all.draw(sequence, step), all.ids + at,
                 all.logprobs + at);
    });
  }
}

/** Moves on to the tokens just drawn, and drops the sequences that have ended. */
void advance(const Sequences& all, size_t step, Ongoing& running) {
  size_t kept = 0;
  for (size_t i = 0; i < running.count; i++) {
    const int32_t sequence = running.sequences[i],
                  id = all.ids[static_cast<size_t>(sequence) * all.steps + step];
    all.counts[sequence]++;
    if (all.ends(static_cast<size_t>(sequence), id)) continue;
    running.sequences[kept] = sequence;
    running.tables[kept] = running.tables[i];
    running.lengths[kept] = running.lengths[i] + 1;
    running.ids[kept++] = id;
  }
  running.count = kept;
}

/** Runs sequences [start, end): on all threads, or on this one alone. */
template <bool Shared>
void run_sequences(const Model& model, const Sequences& all, size_t start, size_t end) {
  const size_t count = end - start, width = model.shape.width;
  float* x = scratch(scratch_main, count * (2 * width + model.shape.between() + 4));
  float *normed = x + count * width, *working = normed + count * width;
  int32_t* numbers = reinterpret_cast<int32_t*>(working + count * model.shape.between());
  Ongoing running{count, numbers, numbers + count, numbers + 2 * count, numbers + 3 * count};
  for (size_t i = 0; i < count; i++) {
    running.sequences[i] = static_cast<int32_t>(start + i);
    running.tables[i] = all.tableStarts[start + i];
    running.lengths[i] = all.lengths[start + i];
    running.ids[i] = all.newest[start + i];
    all.counts[start + i] = 0;
  }
  for (size_t step = 0; step < all.steps && running.count > 0; step++) {
    forward<Shared>(model, all.pages, running, x, normed, working);
    draw<Shared>(model, all, step, running, normed);
    advance(all, step, running);
  }
}

/**
 * Up to this many weights in a block they stay in a thread's cache, so that giving each thread
 * sequences of its own beats sharing each product.
 */
constexpr size_t kCachedWeights = size_t{1} << 20;
/**
 * How many sequences are worth a thread of their own, and how many a share should have if there are
 * many.
 */
constexpr size_t kFewest = 14, kMany = 56;

/**
 * Number of shares of the sequences: more than threads if there are many sequences, so that a share
 * that waits for the processor does not hold up the rest.
 */
size_t shares(size_t sequences) {
  const size_t few = (sequences + kFewest - 1) / kFewest, many = sequences / kMany,
               threads = thread_count();
  return many > threads ? smaller(many, 4 * threads) : smaller(few, threads);
}

}  // namespace

/**
 * `headPanels` may be 0: none. `positions`: every one, `[N · steps]`. `pages` holds the tables of
 * all sequences, `stops` their stop ids; those of each begin at `tableStarts` and `stopStarts` `[N
 * + 1]`. Strides: bfloats per row of the embedding and of the head (0: float32).
 */
void decodeTokens(const Args& args) {
  using A = decodeTokens_args;
  const size_t count = args.size(A::sequences), steps = args.size(A::steps),
               headDim = args.size(A::headDim);
  const auto angles = rotary_table(args.floats(A::inverseFrequencies), headDim / 2,
                                   args.ints(A::positions), count * steps);
  const Model model{
      weight_of(args.floats(A::embedding), args.size(A::embeddingStride), nullptr),
      args.floats(A::norm),
      {weight_of(args.floats(A::head), args.size(A::headStride), args.floats(A::headPanels)),
       nullptr,
       {}},
      args.size(A::vocabulary),
      args.size(A::layers),
      args.size(A::slabCount),
      Args{args.pointer<const double>(A::blocks)},
      {{args.size(A::heads), args.size(A::keyValueHeads), headDim, args.real(A::scale)},
       args.size(A::width),
       args.size(A::hidden),
       args.real(A::epsilon),
       angles.get()}};
  const Sequences all{steps,
                      args.ints(A::pages),
                      args.ints(A::tableStarts),
                      args.ints(A::lengths),
                      args.ints(A::newest),
                      args.ints(A::limits),
                      args.floats(A::temperatures),
                      args.pointer<const double>(A::uniforms),
                      args.ints(A::topK),
                      args.floats(A::topP),
                      args.ints(A::stops),
                      args.ints(A::stopStarts),
                      args.pointer<int32_t>(A::ids),
                      args.floats(A::logprobs),
                      args.pointer<int32_t>(A::counts)};
  if (model.shape.weights() > kCachedWeights) return run_sequences<true>(model, all, 0, count);
  const size_t parts = shares(count);
  parallel_for(parts, static_cast<double>(count) * static_cast<double>(model.shape.weights()),
               [&](size_t part) {
                 run_sequences<false>(model, all, count * part / parts, count * (part + 1) / parts);
               });
}

}  // namespace ICRL_NAMESPACE
