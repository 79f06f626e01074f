#include "decode-call.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../../rotary-table.h"
#include "recorded-steps.h"

namespace icrl_gpu {

namespace {

using A = decodeTokens_args;

unsigned char* memory = nullptr;
size_t memory_bytes = 0;

constexpr size_t kSmallest = size_t{4} << 10;

/** A call as it is to lie in the device's memory: `DecodeCall`, then arrays. */
class Packed {
 public:
  Packed() : bytes_(sizeof(DecodeCall)) {}

  template <typename T>
  size_t put(const T* from, size_t count) {
    const size_t at = blocks_of(bytes_.size(), kAlignment) * kAlignment;
    bytes_.resize(at + count * sizeof(T));
    if (count > 0) std::memcpy(bytes_.data() + at, from, count * sizeof(T));
    return at;
  }
  unsigned char* data() { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }

 private:
  static constexpr size_t kAlignment = 16;

  std::vector<unsigned char> bytes_;
};

/** Room for a call. Where it moves, the steps that name the old place are gone. */
void make_room(size_t bytes) {
  if (bytes <= memory_bytes) return;
  release_call();
  const size_t room = std::max(2 * bytes, kSmallest);
  memory = static_cast<unsigned char*>(device().allocate(room));
  memory_bytes = room;
}

/** Angles of every position that the steps may reach, `[N][steps]` rows. */
std::vector<float> angles_of_steps(const Args& args) {
  const size_t half = args.size(A::headDim) / 2,
               rows = args.size(A::sequences) * args.size(A::steps);
  const int32_t* positions = args.ints(A::positions);
  const auto table = rotary_table(args.floats(A::inverseFrequencies), half, positions, rows);
  std::vector<float> angles(rows * 2 * half);
  for (size_t i = 0; i < rows; i++)
    std::memcpy(angles.data() + i * 2 * half, rotary_row(*table, positions[i]),
                2 * half * sizeof(float));
  return angles;
}

/** Of each layer, in the order of their pages. */
std::vector<CacheSlab> slabs_of(const Args& args) {
  const size_t layers = args.size(A::layers), count = args.size(A::slabCount);
  std::vector<CacheSlab> slabs;
  for (size_t layer = 0; layer < layers; layer++) {
    const Args block{args.pointer<const double>(A::blocks) +
                     layer * decoderBlock_args::argument_count};
    const double* records = block.pointer<const double>(decoderBlock_args::slabs);
    for (size_t s = 0; s < count; s++) {
      const Args slab{records + s * slab_args::argument_count};
      slabs.push_back({slab.pointer<char>(slab_args::keys), slab.pointer<char>(slab_args::values),
                       static_cast<int32_t>(slab.number(slab_args::first))});
    }
  }
  return slabs;
}

}  // namespace

UploadedCall upload_call(const Args& args) {
  const size_t n = args.size(A::sequences), steps = args.size(A::steps);
  const int32_t *starts = args.ints(A::tableStarts), *stopStarts = args.ints(A::stopStarts);
  const size_t pages = static_cast<size_t>(starts[n]);
  const std::vector<float> angles = angles_of_steps(args);
  const std::vector<CacheSlab> slabs = slabs_of(args);
  const std::vector<int32_t> running(n, 1);
  Packed packed;
  const auto ints = [&](const int32_t* from, size_t count) { return packed.put(from, count); };
  const size_t table_starts = ints(starts, n + 1), lengths = ints(args.ints(A::lengths), n),
               limits = ints(args.ints(A::limits), n),
               stops = ints(args.ints(A::stops), static_cast<size_t>(stopStarts[n])),
               stop_starts = ints(stopStarts, n + 1), topK = ints(args.ints(A::topK), n),
               newest = ints(args.ints(A::newest), n), runs = ints(running.data(), n),
               numbers = ints(args.ints(A::pages), pages),
               temperatures = packed.put(args.floats(A::temperatures), n),
               topP = packed.put(args.floats(A::topP), n),
               uniforms = packed.put(args.pointer<const double>(A::uniforms), n * steps),
               rows = packed.put(angles.data(), angles.size()),
               of_layers = packed.put(slabs.data(), slabs.size());
  make_room(packed.size());
  const auto ints_at = [](size_t at) { return reinterpret_cast<int32_t*>(memory + at); };
  const auto floats_at = [](size_t at) { return reinterpret_cast<float*>(memory + at); };
  const DecodeCall call{n,
                        steps,
                        ints_at(table_starts),
                        ints_at(lengths),
                        ints_at(limits),
                        ints_at(stops),
                        ints_at(stop_starts),
                        floats_at(temperatures),
                        floats_at(topP),
                        ints_at(topK),
                        reinterpret_cast<double*>(memory + uniforms),
                        floats_at(rows),
                        args.pointer<int32_t>(A::ids),
                        args.pointer<int32_t>(A::counts),
                        args.floats(A::logprobs),
                        ints_at(newest),
                        ints_at(runs),
                        0};
  std::memcpy(packed.data(), &call, sizeof call);
  upload(memory, packed.data(), packed.size());
  return {reinterpret_cast<DecodeCall*>(memory), ints_at(numbers), pages,
          reinterpret_cast<CacheSlab*>(memory + of_layers)};
}

size_t call_bytes() { return memory_bytes; }

void release_call() {
  if (!memory) return;
  drop_recorded_steps();
  device().release(memory);
  memory = nullptr;
  memory_bytes = 0;
}

}  // namespace icrl_gpu
