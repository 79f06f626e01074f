#include "device-memory.h"
#include "ops.h"

namespace icrl_gpu {

namespace {

/** From shapes in host memory; null strides are those of rows one after another. */
Walk walk_of(size_t rank, const int32_t* shape, const int32_t* a, const int32_t* b) {
  if (rank > static_cast<size_t>(Walk::kMaxRank))
    throw DeviceError("a tensor of " + std::to_string(rank) + " dimensions");
  Walk walk{static_cast<int>(rank), {}, {}, {}};
  int32_t stride = 1;
  for (size_t i = rank; i-- > 0;) {
    walk.shape[i] = shape[i];
    walk.aStrides[i] = a[i];
    walk.bStrides[i] = b ? b[i] : stride;
    stride *= shape[i];
  }
  return walk;
}

size_t elements_of(const Walk& walk) {
  size_t elements = 1;
  for (int i = 0; i < walk.rank; i++) elements *= static_cast<size_t>(walk.shape[i]);
  return elements;
}

void copy(const void* from, void* to, size_t bytes, const Walk& walk) {
  const size_t elements = elements_of(walk);
  launch_threads(kernels::copy_blocks, elements, {from, to, elements, bytes, walk});
}

}  // namespace

void unary(const Args& args) {
  using A = unary_args;
  const size_t elements = args.size(A::elements);
  launch_threads(kernels::unary, elements,
                 {args.floats(A::x), args.floats(A::y), elements, args.size(A::op), args.real(A::p),
                  args.real(A::q)});
}

void binary(const Args& args) {
  using A = binary_args;
  const Walk walk = walk_of(args.size(A::rank), args.ints(A::shape), args.ints(A::aStrides),
                            args.ints(A::bStrides));
  const size_t elements = elements_of(walk);
  launch_threads(kernels::binary, elements,
                 {args.floats(A::a), args.floats(A::b), args.pointer<void>(A::y), elements,
                  args.size(A::op), walk});
}

void selectWhere(const Args& args) {
  using A = selectWhere_args;
  const size_t elements = args.size(A::elements);
  launch_threads(kernels::select_where, elements,
                 {args.pointer<const uint8_t>(A::condition), args.floats(A::yes),
                  args.floats(A::no), args.floats(A::y), elements, args.size(A::each)});
}

void reduceRows(const Args& args) {
  using A = reduceRows_args;
  const size_t rows = args.size(A::rows);
  launch_half_warps(
      kernels::reduce_rows, rows,
      {args.floats(A::x), args.floats(A::y), args.size(A::op), rows, args.size(A::width)});
}

void reduceColumns(const Args& args) {
  using A = reduceColumns_args;
  const size_t outer = args.size(A::outer), inner = args.size(A::inner);
  launch_threads(
      kernels::reduce_columns, outer * inner,
      {args.floats(A::x), args.floats(A::y), args.size(A::op), outer, args.size(A::count), inner});
}

void softmaxRows(const Args& args) {
  using A = softmaxRows_args;
  const size_t rows = args.size(A::rows);
  launch_half_warps(kernels::softmax_rows, rows,
                    {args.floats(A::x), args.floats(A::y), rows, args.size(A::width)});
}

void gatherRows(const Args& args) {
  using A = gatherRows_args;
  const size_t outer = args.size(A::outer), count = args.size(A::count),
               inner = args.size(A::inner);
  launch_threads(kernels::gather_rows, outer * count * inner,
                 {args.pointer<const uint32_t>(A::x), args.ints(A::indices),
                  args.pointer<uint32_t>(A::y), outer, args.size(A::rows), count, inner});
}

void gatherBf16(const Args& args) {
  using A = gatherBf16_args;
  const size_t count = args.size(A::count), width = args.size(A::width);
  launch_threads(kernels::gather_bf16, count * width,
                 {args.pointer<const uint16_t>(A::weight), args.ints(A::ids), args.floats(A::y),
                  count, width, args.size(A::stride)});
}

void toBf16(const Args& args) {
  using A = toBf16_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width), stride = (width + 1) / 2 * 2;
  launch(kernels::round_operand, {blocks_of(stride, kRoundedDepth), blocks_of(rows, kRoundedRows)},
         {args.floats(A::x), nullptr, width, 1, 0, args.pointer<uint16_t>(A::y), rows, width,
          stride, 0},
         kRoundedShared);
}

void fromBf16(const Args& args) {
  using A = fromBf16_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  launch_threads(kernels::gather_bf16, rows * width,
                 {args.pointer<const uint16_t>(A::x), nullptr, args.floats(A::y), rows, width,
                  (width + 1) / 2 * 2});
}

void copyBlocks(const Args& args) {
  using A = copyBlocks_args;
  copy(args.pointer<const void>(A::from), args.pointer<void>(A::to), args.size(A::bytes),
       walk_of(args.size(A::rank), args.ints(A::shape), args.ints(A::fromStrides),
               args.ints(A::toStrides)));
}

void transpose(const Args& args) {
  using A = transpose_args;
  copy(args.pointer<const void>(A::from), args.pointer<void>(A::to), args.size(A::bytes),
       walk_of(args.size(A::rank), args.ints(A::shape), args.ints(A::fromStrides), nullptr));
}

void fill(const Args& args) {
  using A = fill_args;
  const size_t elements = args.size(A::elements);
  launch_threads(kernels::fill, elements,
                 {args.pointer<void>(A::to), elements, args.size(A::bytes),
                  static_cast<uint32_t>(args.size(A::bits))});
}

void cast(const Args& args) {
  using A = cast_args;
  const size_t elements = args.size(A::elements);
  launch_threads(kernels::cast, elements,
                 {args.pointer<const void>(A::from), args.pointer<void>(A::to), elements,
                  args.size(A::fromType), args.size(A::toType)});
}

}  // namespace icrl_gpu
