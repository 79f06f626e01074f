// Kernels that move rows: embedding and its gradient, writes into the key and value caches.
#include "attention.h"
#include "row-norm.h"
#include "../isa/parallel.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

/**
 * x (4-byte elements), indices, y, outer, rows of x, number of indices, inner: y[o][i][·] =
 * x[o][indices[i]][·]; the caller has checked the bounds.
 */
void gatherRows(const Args& args) {
  using A = gatherRows_args;
  const char* x = args.pointer<const char>(A::x);
  const int32_t* indices = args.ints(A::indices);
  char* y = args.pointer<char>(A::y);
  const size_t outer = args.size(A::outer), rows = args.size(A::rows), count = args.size(A::count),
               bytes = args.size(A::inner) * 4;
  parallel_ranges(
      outer * count, 16, static_cast<double>(bytes) / 16, [&](size_t start, size_t end) {
        for (size_t i = start; i < end; i++) {
          const size_t from = i / count * rows + static_cast<size_t>(indices[i % count]);
          __builtin_memcpy(y + i * bytes, x + from * bytes, bytes);
        }
      });
}

/**
 * dy, ids, dweight, N, rows, width. Each task owns a range of ids and adds its rows in ascending
 * order.
 */
void embeddingGrad(const Args& args) {
  using A = embeddingGrad_args;
  const float* dy = args.floats(A::dy);
  const int32_t* ids = args.ints(A::ids);
  float* dweight = args.floats(A::dweight);
  const size_t count = args.size(A::count), rows = args.size(A::rows), width = args.size(A::width);
  parallel_ranges(
      rows, 16,
      static_cast<double>(width) *
          (1 + static_cast<double>(count) / static_cast<double>(rows ? rows : 1)),
      [&](size_t start, size_t end) {
        __builtin_memset(dweight + start * width, 0, (end - start) * width * sizeof(float));
        for (size_t n = 0; n < count; n++) {
          const size_t id = static_cast<size_t>(ids[n]);
          if (id < start || id >= end) continue;
          float* to = dweight + id * width;
          for_vectors(width, [&](size_t i, size_t lanes) {
            store_lanes(to + i, load_lanes(to + i, lanes) + load_lanes(dy + n * width + i, lanes),
                        lanes);
          });
        }
      });
}

/**
 * sum, dy, ids, N, rows, width. The rows of an id are added to zeros in ascending order, and that
 * sum to its row of `sum`: the bits of `embeddingGrad` and an addition. An id without rows adds a
 * zero, which makes a zero of −0.
 */
void addEmbeddingGrad(const Args& args) {
  using A = addEmbeddingGrad_args;
  float* sum = args.floats(A::sum);
  const float* dy = args.floats(A::dy);
  const int32_t* ids = args.ints(A::ids);
  const size_t count = args.size(A::count), rows = args.size(A::rows), width = args.size(A::width);
  // The rows of each id as a list, first to last.
  int32_t* first = reinterpret_cast<int32_t*>(scratch(scratch_sort, rows + count));
  int32_t* next = first + rows;
  for (size_t id = 0; id < rows; id++) first[id] = -1;
  for (size_t n = count; n-- > 0;) {
    const size_t id = static_cast<size_t>(ids[n]);
    next[n] = first[id];
    first[id] = static_cast<int32_t>(n);
  }
  parallel_ranges(rows, 16, static_cast<double>(width) * 2, [&](size_t start, size_t end) {
    float* total = scratch(scratch_main, width);
    for (size_t id = start; id < end; id++) {
      __builtin_memset(total, 0, width * sizeof(float));
      for (int32_t n = first[id]; n >= 0; n = next[n]) {
        const float* row = dy + static_cast<size_t>(n) * width;
        for_vectors(width, [&](size_t i, size_t lanes) {
          store_lanes(total + i, load_lanes(total + i, lanes) + load_lanes(row + i, lanes), lanes);
        });
      }
      float* to = sum + id * width;
      for_vectors(width, [&](size_t i, size_t lanes) {
        store_lanes(to + i, load_lanes(to + i, lanes) + load_lanes(total + i, lanes), lanes);
      });
    }
  });
}

/** Rows `sources[m]` of key and value become row `rows[m]` of page `pages[m]`. */
void writeCache(const Args& args) {
  using A = writeCache_args;
  const float *key = args.floats(A::key), *value = args.floats(A::value);
  const int32_t *sources = args.ints(A::sources), *pages = args.ints(A::pages),
                *rows = args.ints(A::rows);
  const size_t count = args.size(A::count), width = args.size(A::width);
  const Caches caches{args.pointer<const double>(A::slabs), args.size(A::slabCount), width};
  for (size_t m = 0; m < count; m++) {
    const Page page = caches.page(pages[m]);
    const size_t from = static_cast<size_t>(sources[m]) * width,
                 to = static_cast<size_t>(rows[m]) * width;
    __builtin_memcpy(page.keys + to, key + from, width * sizeof(float));
    __builtin_memcpy(page.values + to, value + from, width * sizeof(float));
  }
}

}  // namespace ICRL_NAMESPACE
