// Kernels that move elements without computing: slices, concatenations and transpositions.
#include "elementwise.h"

namespace ICRL_NAMESPACE {

/**
 * from, to, rank, shape, strides of from, strides of to (in elements; the last dimension is a run
 * in both), bytes per element.
 */
void copyBlocks(const Args& args) {
  const char* from = args.pointer<const char>(0);
  char* to = args.pointer<char>(1);
  const Broadcast shape{args.size(2), args.ints(3), args.ints(4), args.ints(5)};
  const size_t bytes = args.size(6), run = shape.inner() * bytes;
  parallel_ranges(shape.outer(), 1, static_cast<double>(run) / 8, [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++)
      __builtin_memcpy(to + shape.offset(row, shape.bStrides) * bytes,
                       from + shape.offset(row, shape.aStrides) * bytes, run);
  });
}

namespace {

template <typename T>
static void move_elements(const T* from, T* to, const Broadcast& shape) {
  const size_t inner = shape.inner(),
               step = shape.rank == 0 ? 0 : static_cast<size_t>(shape.aStrides[shape.rank - 1]);
  parallel_ranges(shape.outer(), 1, static_cast<double>(inner) * 2, [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const T* x = from + shape.offset(row, shape.aStrides);
      for (size_t i = 0; i < inner; i++) to[row * inner + i] = x[i * step];
    }
  });
}

}  // namespace

/**
 * from, to, rank, output shape, strides of from along the output's dimensions, (unused), bytes per
 * element (4 or 1).
 */
void transpose(const Args& args) {
  const Broadcast shape{args.size(2), args.ints(3), args.ints(4), args.ints(4)};
  if (args.size(6) == 4)
    move_elements(args.pointer<const uint32_t>(0), args.pointer<uint32_t>(1), shape);
  else move_elements(args.pointer<const uint8_t>(0), args.pointer<uint8_t>(1), shape);
}

}  // namespace ICRL_NAMESPACE
