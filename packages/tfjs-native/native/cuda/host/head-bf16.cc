#include "head-bf16.h"

#include <algorithm>

namespace icrl_gpu {

namespace {

/** Entries whose weights are copied at once, in bf16 or the other way round: whole parts. */
constexpr size_t kEntriesAtOnce = 4096;
/** Rows whose slopes exist at once: a multiple of sixteen, so that no sum depends on it. */
constexpr size_t kRowsAtOnce = 4096;

/** Calls `body(v0, count)` for blocks of the vocabulary. */
template <typename F>
void for_entries(size_t vocabulary, size_t each, F&& body) {
  for (size_t v0 = 0; v0 < vocabulary; v0 += each) body(v0, std::min(each, vocabulary - v0));
}

/** A weight that is an operand already needs no blocks. */
size_t entries_at_once(const Matrix& weight, size_t vocabulary) {
  return is_operand(weight) ? vocabulary : kEntriesAtOnce;
}

/** Where the copy engine finds the operands, if an H100's warpgroups take them. */
template <typename A, typename W>
void launch_head(const Kernel<A>& mma, const Kernel<W>& wgmma, const A& args) {
  const head_operands& x = args.of;
  const bool groups = with_warpgroups(std::min(x.rows, x.count));
  const size_t tiles = blocks_of(x.rows, groups ? kWarpgroupTile : kHeadRows),
               together = std::min<size_t>(tiles, kHeadTilesTogether);
  if (together == 0) return;
  const Grid grid{together, blocks_of(x.count, kVocabularyPart), blocks_of(tiles, together)};
  if (groups)
    launch(wgmma, grid,
           {device().tile_map(x.hidden, x.rows, x.width, x.hiddenRow),
            device().tile_map(x.weight, x.count, x.width, x.weightRow), args},
           warpgroup_shared(kHeadColumns / kWarpgroupTile));
  else launch(mma, grid, args, product_bf16_shared(kHeadRows, kHeadColumns));
}

size_t parts_of(size_t vocabulary) { return blocks_of(vocabulary, kVocabularyPart); }

}  // namespace

void token_log_probability_bf16(const Args& args) {
  using A = tokenLogProbability_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary), parts = parts_of(vocabulary);
  const bool entropy = args.flag(A::entropyWanted);
  const Matrix weight =
      weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), width);
  Working working;
  float* running = working.take<float>(parts * 3 * rows);
  const float* temperatures = working.put(args.floats(A::temperatures), rows);
  const Matrix hidden = rows_for_products(working, rows, width, args.floats(A::hidden));
  for_entries(vocabulary, entries_at_once(weight, vocabulary), [&](size_t v0, size_t count) {
    Working block;
    const Matrix entries = operand_of(block, count, width, below(weight, v0));
    launch_head(kernels::head_softmax_mma, kernels::head_softmax_wgmma,
                {{hidden.halves, hidden.row, entries.halves, entries.row, rows, count, width, v0,
                  args.ints(A::targets), temperatures},
                 running,
                 args.floats(A::logprobs),
                 entropy});
  });
  launch_threads(kernels::finish_logits, rows,
                 {running, args.floats(A::logprobs), args.floats(A::logsumexp), nullptr,
                  args.floats(A::entropy), rows, parts, entropy});
}

void token_log_probability_gradient_bf16(const Args& args) {
  using A = tokenLogProbabilityGrad_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary),
               entries = std::min(kEntriesAtOnce, vocabulary);
  const Matrix weight =
      weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), width);
  const float *hidden = args.floats(A::hidden), *dentropy = args.floats(A::dentropy);
  float *dhidden = args.floats(A::dhidden), *dweight = args.floats(A::dweight);
  Working working;
  const float* temperatures = working.put(args.floats(A::temperatures), rows);
  const Matrix tall = rows_for_products(working, rows, width, hidden),
               flat = dweight ? operand_of(working, width, rows, columns_of(hidden, width)) : tall;
  const size_t row = blocks_of(entries, 8) * 8;
  uint16_t* slopes = working.take<uint16_t>(std::min(rows, kRowsAtOnce) * row);
  float* sum = dweight && args.flag(A::adds) ? working.take<float>(entries * width) : nullptr;
  for_entries(vocabulary, entries, [&](size_t v0, size_t count) {
    Working block;
    const Matrix weights = operand_of(block, count, width, below(weight, v0)),
                 back = operand_of(block, width, count, transposed(weights));
    float* to = sum ? sum : dweight + v0 * width;
    size_t n0 = 0;
    do {
      const size_t some = std::min(kRowsAtOnce, rows - n0);
      const Matrix own = below(tall, n0), own_flat{nullptr, flat.halves + n0, flat.row, 1};
      launch_head(kernels::head_slopes_mma, kernels::head_slopes_wgmma,
                  {{own.halves, own.row, weights.halves, weights.row, some, count, width, v0,
                    args.ints(A::targets) + n0, temperatures + n0},
                   args.floats(A::dlogprobs) + n0,
                   dentropy ? dentropy + n0 : nullptr,
                   args.floats(A::logsumexp) + n0,
                   args.floats(A::entropy) + n0,
                   slopes,
                   row});
      const Matrix found{nullptr, slopes, row, 1};
      product(some, width, count, found, transposed(back), dhidden + n0 * width, v0 > 0);
      if (dweight) product(count, width, some, transposed(found), transposed(own_flat), to, n0 > 0);
    } while ((n0 += kRowsAtOnce) < rows);
    if (sum) add_to(sum, count * width, dweight + v0 * width);
  });
}

void kept_logits_bf16(size_t rows, size_t vocabulary, size_t width, const float* hidden,
                      const Matrix& weight, float* logits) {
  Working working;
  const Matrix left = rows_for_products(working, rows, width, hidden);
  for_entries(vocabulary, entries_at_once(weight, vocabulary), [&](size_t v0, size_t count) {
    product(rows, count, width, left, transposed(below(weight, v0)), logits + v0, false,
            {1, 0, 0, 0}, vocabulary);
  });
}

KeptSoftmax kept_softmax(Working& working, size_t rows, size_t vocabulary) {
  return {working.take<float>(parts_of(vocabulary) * 3 * rows), working.take<float>(rows),
          working.take<float>(rows)};
}

void softmax_of_logits(float* logits, const float* temperatures, size_t rows, size_t vocabulary,
                       const KeptSoftmax& softmax) {
  const size_t parts = parts_of(vocabulary);
  launch_half_warps(kernels::absorb_parts, rows * parts,
                    {logits, temperatures, softmax.running, rows, vocabulary});
  launch_threads(
      kernels::finish_logits, rows,
      {softmax.running, nullptr, softmax.logsumexp, softmax.largest, nullptr, rows, parts, false});
}

}  // namespace icrl_gpu
