// Kernels that move elements without computing: slices, concatenations and transpositions.
#include "cast-element.h"
#include "elementwise.h"

namespace ICRL_NAMESPACE {

/**
 * from, to, rank, shape, strides of from, strides of to (in elements; the last dimension is a run
 * in both), bytes per element.
 */
void copyBlocks(const Args& args) {
  using A = copyBlocks_args;
  const char* from = args.pointer<const char>(A::from);
  char* to = args.pointer<char>(A::to);
  const Broadcast shape{args.size(A::rank), args.ints(A::shape), args.ints(A::fromStrides),
                        args.ints(A::toStrides)};
  const size_t bytes = args.size(A::bytes), run = shape.inner() * bytes;
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
 * from, to, rank, output shape, strides of from along the output's dimensions, bytes per element (4
 * or 1).
 */
void transpose(const Args& args) {
  using A = transpose_args;
  const Broadcast shape{args.size(A::rank), args.ints(A::shape), args.ints(A::fromStrides),
                        args.ints(A::fromStrides)};
  if (args.size(A::bytes) == 4)
    move_elements(args.pointer<const uint32_t>(A::from), args.pointer<uint32_t>(A::to), shape);
  else move_elements(args.pointer<const uint8_t>(A::from), args.pointer<uint8_t>(A::to), shape);
}

/** to, the bits of an element, elements, bytes per element (4 or 1). */
void fill(const Args& args) {
  using A = fill_args;
  const uint32_t bits = static_cast<uint32_t>(args.size(A::bits));
  const auto put = [&](auto* to) {
    using T = typename RemoveReference<decltype(*to)>::Type;
    parallel_ranges(args.size(A::elements), 1024, 0.5, [&](size_t start, size_t end) {
      for (size_t i = start; i < end; i++) to[i] = static_cast<T>(bits);
    });
  };
  if (args.size(A::bytes) == 4) put(args.pointer<uint32_t>(A::to));
  else put(args.pointer<uint8_t>(A::to));
}

/** from, to, elements, the types of both (`ElementType`). */
void cast(const Args& args) {
  using A = cast_args;
  const void* from = args.pointer<const void>(A::from);
  void* to = args.pointer<void>(A::to);
  const size_t fromType = args.size(A::fromType), toType = args.size(A::toType);
  parallel_ranges(args.size(A::elements), 1024, 2, [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++) cast_element(from, fromType, to, toType, i);
  });
}

}  // namespace ICRL_NAMESPACE
