#include <algorithm>
#include <string>
#include <vector>

#include "attention.h"
#include "ops.h"

namespace icrl_gpu {

namespace {

/** The segments of the packed rows, and the segment that each continues. */
struct Layout {
  const int32_t *starts, *prefix;
  int segments;

  int32_t rows(int s) const { return starts[s + 1] - starts[s]; }
  int32_t before(int s) const {
    int32_t total = 0;
    for (int32_t p = prefix[s]; p >= 0; p = prefix[p]) total += rows(p);
    return total;
  }
};

/** The packed rows of each segment's chain, where it is more than its own. */
struct Chains {
  std::vector<int32_t> rows, start;

  explicit Chains(const Layout& layout) {
    for (int s = 0; s < layout.segments; s++) {
      start.push_back(layout.prefix[s] < 0 ? -1 : static_cast<int32_t>(rows.size()));
      if (layout.prefix[s] < 0) continue;
      const size_t at = rows.size();
      for (int32_t p = s; p >= 0; p = layout.prefix[p])
        for (int32_t row = layout.starts[p + 1]; row-- > layout.starts[p];) rows.push_back(row);
      std::reverse(rows.begin() + static_cast<ptrdiff_t>(at), rows.end());
    }
  }
};

/** Blocks of query rows; the rows of 32 that the gradient takes together have one `longest`. */
std::vector<AttentionTask> query_tasks(const Layout& layout, const Chains& chains, int at_once) {
  std::vector<AttentionTask> tasks;
  for (int s = 0; s < layout.segments; s++) {
    const int32_t rows = layout.rows(s), before = layout.before(s);
    for (int32_t r = 0; r < rows; r += at_once) {
      const int32_t block = r / kGradientRows * kGradientRows;
      tasks.push_back({layout.starts[s] + r, std::min(at_once, rows - r), before + r,
                       chains.start[s], layout.starts[s],
                       before + std::min(block + kGradientRows, rows)});
    }
  }
  return tasks;
}

struct KeyTasks {
  std::vector<KeyTask> tasks;
  std::vector<SegmentRows> segments;
};

KeyTasks key_tasks(const Layout& layout, int at_once) {
  std::vector<std::vector<int>> readers(static_cast<size_t>(layout.segments));
  for (int s = 0; s < layout.segments; s++)
    for (int32_t p = s; p >= 0; p = layout.prefix[p]) readers[static_cast<size_t>(p)].push_back(s);
  KeyTasks all;
  for (int s = 0; s < layout.segments; s++) {
    const int32_t first = static_cast<int32_t>(all.segments.size()), before = layout.before(s),
                  rows = layout.rows(s);
    for (int reader : readers[static_cast<size_t>(s)])
      all.segments.push_back({layout.starts[reader], layout.rows(reader), layout.before(reader)});
    const int32_t count = static_cast<int32_t>(all.segments.size()) - first;
    for (int32_t r = 0; r < rows; r += at_once)
      all.tasks.push_back(
          {layout.starts[s] + r, std::min(at_once, rows - r), before + r, first, count});
  }
  return all;
}

/** Kernels for heads of up to 16, 32, 64 … numbers. */
template <typename A, size_t count>
struct ByWidth {
  Kernel<A> kernels[count];

  static constexpr int kMost = 16 << (count - 1);
  const Kernel<A>& of(int width) const {
    size_t i = 0;
    while (16 << i < width) i++;
    return kernels[i];
  }
};

constexpr ByWidth<attention_parameters, 5> kAttention{{kernels::attention_1, kernels::attention_2,
                                                       kernels::attention_4, kernels::attention_8,
                                                       kernels::attention_16}};
constexpr ByWidth<attention_dq_parameters, 5> kAttentionDq{
    {kernels::attention_dq_1, kernels::attention_dq_2, kernels::attention_dq_4,
     kernels::attention_dq_8, kernels::attention_dq_16}};
constexpr ByWidth<attention_dkv_parameters, 5> kAttentionDkv{
    {kernels::attention_dkv_1, kernels::attention_dkv_2, kernels::attention_dkv_4,
     kernels::attention_dkv_8, kernels::attention_dkv_16}};
constexpr ByWidth<attention_parameters, 4> kFlash{
    {kernels::flash_16, kernels::flash_32, kernels::flash_64, kernels::flash_128}};
constexpr ByWidth<attention_dq_parameters, 4> kFlashDq{
    {kernels::flash_dq_16, kernels::flash_dq_32, kernels::flash_dq_64, kernels::flash_dq_128}};
constexpr ByWidth<attention_dkv_parameters, 4> kFlashDkv{
    {kernels::flash_dkv_16, kernels::flash_dkv_32, kernels::flash_dkv_64, kernels::flash_dkv_128}};

/** How attention of a shape is computed: its kernels, what they share, and what a block takes. */
struct Way {
  const Kernel<attention_parameters>& forward;
  const Kernel<attention_dq_parameters>& dq;
  const Kernel<attention_dkv_parameters>& dkv;
  size_t shared, dq_shared, dkv_shared;
  int rows, keys;
  int together;  // heads of a group
  bool bf16_pages;

  size_t head_blocks(int heads) const { return static_cast<size_t>(heads / together); }
};

/** On the tensor cores if products are, and the heads are not too wide for them. */
Way way_for(const Shape& shape) {
  const int width = shape.width;
  if (width > kAttention.kMost)
    throw DeviceError("attention with heads of " + std::to_string(width) +
                      " numbers: " + std::to_string(kAttention.kMost) + " are the most");
  const size_t size = static_cast<size_t>(width);
  if (current_arithmetic() == Arithmetic::float32 || width > kFlash.kMost)
    return {kAttention.of(width),
            kAttentionDq.of(width),
            kAttentionDkv.of(width),
            attention_shared(size),
            attention_dq_shared(size),
            attention_dkv_shared(size),
            kQueriesAtOnce,
            kQueriesAtOnce,
            1,
            false};
  size_t padded = 16;
  while (padded < size) padded *= 2;
  const int each = shape.heads / shape.groups, together = each % 4 == 0 ? 4 : each % 2 == 0 ? 2 : 1;
  return {kFlash.of(width),
          kFlashDq.of(width),
          kFlashDkv.of(width),
          flash_shared(padded),
          flash_dq_shared(padded),
          flash_dkv_shared(padded),
          kFlashRows / together,
          kFlashRows,
          together,
          true};
}

void attend(const Way& way, const attention_parameters& args, size_t tasks) {
  launch(way.forward, {tasks, way.head_blocks(args.heads)}, args, way.shared);
}

template <typename A>
Shape shape_at(const Args& args) {
  return {static_cast<int>(args.size(A::heads)), static_cast<int>(args.size(A::keyValueHeads)),
          static_cast<int>(args.size(A::headDim)), args.real(A::scale)};
}

template <typename A>
Layout layout_at(const Args& args) {
  return {args.ints(A::starts), args.ints(A::prefix), static_cast<int>(args.size(A::segments))};
}

}  // namespace

void packedAttention(const Args& args) {
  using A = packedAttention_args;
  const Shape shape = shape_at<A>(args);
  const Layout layout = layout_at<A>(args);
  const Chains chains(layout);
  const Way way = way_for(shape);
  const auto tasks = query_tasks(layout, chains, way.rows);
  Working working;
  attend(way,
         {args.floats(A::q), args.floats(A::k), args.floats(A::v), args.floats(A::out),
          args.floats(A::logsumexp), shape.heads, shape.groups, shape.width, shape.scale,
          working.put(tasks.data(), tasks.size()),
          working.put(chains.rows.data(), chains.rows.size()), nullptr, way.together},
         tasks.size());
}

void packedAttentionGrad(const Args& args) {
  using A = packedAttentionGrad_args;
  const Shape shape = shape_at<A>(args);
  const Layout layout = layout_at<A>(args);
  const size_t width = static_cast<size_t>(shape.width),
               vectors = static_cast<size_t>(layout.starts[layout.segments] * shape.heads);
  const float *dOut = args.floats(A::dOut), *q = args.floats(A::q), *k = args.floats(A::k),
              *v = args.floats(A::v), *logsumexp = args.floats(A::logsumexp);
  Working working;
  float* along = working.take<float>(vectors);
  launch_half_warps(kernels::attention_along, vectors,
                    {dOut, args.floats(A::out), along, vectors, width});
  const Chains chains(layout);
  const Way way = way_for(shape);
  const auto query = query_tasks(layout, chains, way.rows);
  launch(way.dq, {query.size(), way.head_blocks(shape.heads)},
         {dOut, q, k, v, logsumexp, along, args.floats(A::dq), shape.heads, shape.groups,
          shape.width, shape.scale, working.put(query.data(), query.size()),
          working.put(chains.rows.data(), chains.rows.size()), way.together},
         way.dq_shared);
  const KeyTasks key = key_tasks(layout, way.keys);
  launch(way.dkv, {key.tasks.size(), static_cast<size_t>(shape.groups)},
         {dOut, q, k, v, logsumexp, along, args.floats(A::dk), args.floats(A::dv), shape.heads,
          shape.groups, shape.width, shape.scale, working.put(key.tasks.data(), key.tasks.size()),
          working.put(key.segments.data(), key.segments.size())},
         way.dkv_shared);
}

namespace {

/** A cache as an op gets it: slabs of pages, whose numbers count through them. */
struct Slabs {
  const double* records;
  size_t count, page_bytes;

  CachePage page(int32_t number) const {
    using A = slab_args;
    const auto [slab, page] = page_of_slab(records, count, number);
    const size_t at = page * page_bytes;
    return {slab.pointer<char>(A::keys) + at, slab.pointer<char>(A::values) + at};
  }
};

template <typename A>
Slabs slabs_at(const Args& args, size_t width) {
  return {args.pointer<const double>(A::slabs), args.size(A::slabCount),
          page_bytes(width, args.flag(A::bf16))};
}

}  // namespace

size_t page_bytes(size_t width, bool bf16) {
  return kPageRows * (bf16 ? page_stride(width) * sizeof(uint16_t) : width * sizeof(float));
}

void check_pages(const char* op, const Shape& shape, bool bf16) {
  const bool wanted = way_for(shape).bf16_pages;
  if (wanted != bf16)
    throw DeviceError(std::string(op) + " with heads of " + std::to_string(shape.width) +
                      " numbers: it reads pages in " + (wanted ? "bf16" : "float32") +
                      ", and got others");
}

void attend_tokens(const Shape& shape, const TokenRows& rows, const float* q, const float* k,
                   const float* v, float* out) {
  const Way way = way_for(shape);
  const size_t width = static_cast<size_t>(shape.groups * shape.width);
  launch_threads(
      kernels::write_pages, rows.count * width,
      {k, v, rows.pages, rows.places, nullptr, rows.rows, rows.count, width, way.bf16_pages});
  attend(way,
         {q, nullptr, nullptr, out, nullptr, shape.heads, shape.groups, shape.width, shape.scale,
          rows.tasks, nullptr, rows.pages, way.together},
         rows.count);
}

void decodeAttention(const Args& args) {
  using A = decodeAttention_args;
  const Shape shape = shape_at<A>(args);
  check_pages("decodeAttention", shape, args.flag(A::bf16));
  const size_t tokens = args.size(A::tokens);
  const int32_t *table = args.ints(A::pages), *starts = args.ints(A::tableStarts),
                *lengths = args.ints(A::lengths);
  const Slabs slabs = slabs_at<A>(args, static_cast<size_t>(shape.groups * shape.width));
  std::vector<CachePage> pages(static_cast<size_t>(starts[tokens]));
  for (size_t p = 0; p < pages.size(); p++) pages[p] = slabs.page(table[p]);
  std::vector<int32_t> places(tokens), rows(tokens);
  std::vector<AttentionTask> tasks(tokens);
  for (size_t i = 0; i < tokens; i++) {
    rows[i] = lengths[i] % kPageRows;
    places[i] = starts[i] + lengths[i] / kPageRows;
    tasks[i] = {static_cast<int32_t>(i), 1, lengths[i], starts[i], 0, lengths[i] + 1};
  }
  Working working;
  attend_tokens(shape,
                {tokens, working.put(tasks.data(), tokens), working.put(pages.data(), pages.size()),
                 working.put(places.data(), tokens), working.put(rows.data(), tokens)},
                args.floats(A::q), args.floats(A::k), args.floats(A::v), args.floats(A::out));
}

void writeCache(const Args& args) {
  using A = writeCache_args;
  const size_t count = args.size(A::count), width = args.size(A::width);
  const Slabs slabs = slabs_at<A>(args, width);
  const int32_t* numbers = args.ints(A::pages);
  std::vector<CachePage> pages(count);
  std::vector<int32_t> places(count);
  for (size_t m = 0; m < count; m++) {
    pages[m] = slabs.page(numbers[m]);
    places[m] = static_cast<int32_t>(m);
  }
  Working working;
  launch_threads(kernels::write_pages, count * width,
                 {args.floats(A::key), args.floats(A::value), working.put(pages.data(), count),
                  working.put(places.data(), count), working.put(args.ints(A::sources), count),
                  working.put(args.ints(A::rows), count), count, width, args.flag(A::bf16)});
}

}  // namespace icrl_gpu
