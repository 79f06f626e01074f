// The model of cuda/hopper.cuh on a processor. The copy engine takes its time, and what it will
// overwrite is NaN until then; barriers count arrivals and bytes and keep a parity; a warpgroup's
// product reads its operands from shared memory, through the swizzle, as late as its wait allows.
#pragma once
#include "cuda-on-cpu.h"
#include "tensor-map.h"

namespace icrl_cuda {

struct Arrivals {
  uint64_t state;

  ICRL_MODEL void init(uint32_t count) { put({count, count, 0, 0}); }
  ICRL_MODEL void expect(uint32_t bytes) {
    Counts counts = get();
    shim::before(place(counts.parity));
    counts.bytes += bytes;
    counts.left--;
    put(counts);
  }
  ICRL_MODEL void arrive() {
    Counts counts = get();
    shim::before(place(counts.parity));
    counts.left--;
    put(counts);
  }
  ICRL_MODEL void landed(uint32_t bytes) {
    Counts counts = get();
    shim::before(place(counts.parity));
    counts.bytes -= bytes;
    put(counts);
  }
  ICRL_MODEL void wait(uint32_t phase) {
    while (get().parity == phase) shim::yield();
    shim::after(place(phase));
  }

 private:
  struct Counts {
    uint32_t all, left, bytes, parity;
  };
  /** What comes before a phase's end meets here; one for each parity, as the phases overlap. */
  char* place(uint32_t parity) { return reinterpret_cast<char*>(&state) + parity; }
  ICRL_MODEL Counts get() const {
    return {static_cast<uint32_t>(state & 0xff), static_cast<uint32_t>(state >> 8 & 0xff),
            static_cast<uint32_t>(state >> 32), static_cast<uint32_t>(state >> 16 & 1)};
  }
  /** All have come, and all bytes: the next phase begins. */
  ICRL_MODEL void put(Counts counts) {
    if (counts.left == 0 && counts.bytes == 0) {
      counts.left = counts.all;
      counts.parity ^= 1;
    }
    state = counts.all | counts.left << 8 | counts.parity << 16 | uint64_t{counts.bytes} << 32;
    shim::running->progress++;
  }
};

inline void barriers_ready() {}

/** Where element (row, column) of a swizzled tile lies, in bytes. */
inline size_t swizzled(size_t at) { return at ^ (at >> 7 & 7) << 4; }

inline void copy_tile(void* to, const TensorMap& map, int x, int y, Arrivals& done) {
  const shim::TensorFacts facts = shim::facts_of(map);
  unsigned char* tile = static_cast<unsigned char*>(to);
  if ((tile - shim::running->shared) % 1024)
    shim::fail("a tile that does not begin at a multiple of 1024 bytes");
  std::memset(tile, 0xff, facts.box * 128);
  for (uint64_t rounds = shim::seed * 7 % 5; rounds > 0; rounds--) {
    shim::running->progress++;
    shim::yield();
  }
  for (size_t r = 0; r < facts.box; r++)
    for (size_t c = 0; c < 64; c++) {
      const size_t row = static_cast<size_t>(y) + r, column = static_cast<size_t>(x) + c;
      const bool inside = row < facts.rows && column < facts.columns;
      const uint16_t value = inside ? facts.data[row * facts.stride + column] : 0;
      std::memcpy(tile + swizzled(r * 128 + c * 2), &value, 2);
    }
  done.landed(static_cast<uint32_t>(facts.box * 128));
}

inline uint64_t matrix_at(const void* p) {
  const auto at =
      static_cast<uint64_t>(static_cast<const unsigned char*>(p) - shim::running->shared);
  return at >> 4 | 1ull << 16 | 64ull << 32 | 1ull << 62;
}

/** Products that were asked for and not waited for, by thread. */
struct PendingProduct {
  float* d;
  uint64_t a, b;
};
inline std::vector<PendingProduct> pending[shim::kMostThreads];

/** Row `row` of a described operand, at k. */
inline uint16_t operand_at(uint64_t matrix, size_t row, size_t k) {
  const size_t at =
      (matrix & 0x3fff) * 16 + row % 8 * 128 + row / 8 * (matrix >> 32 & 0x3fff) * 16 + k * 2;
  uint16_t value;
  std::memcpy(&value, shim::running->shared + swizzled(at), 2);
  return value;
}

inline void products_begin() { shim::exchange(0xffffffffu, 0, shim::running->current % 32); }
inline void products_commit() {}
inline void products_wait() {
  const size_t thread = shim::running->current, warp = thread % 128 / 32, group = thread % 32 / 4,
               pair = thread % 4;
  for (const PendingProduct& product : pending[thread])
    for (size_t o = 0; o < 64; o++) {
      const size_t row = warp * 16 + group + (o & 2 ? 8 : 0),
                   column = o / 4 * 8 + 2 * pair + (o & 1);
      tensor_core::Part x[16], y[16];
      for (size_t k = 0; k < 16; k++) {
        x[k] = tensor_core::of_bf16(operand_at(product.a, row, k));
        y[k] = tensor_core::of_bf16(operand_at(product.b, column, k));
      }
      product.d[o] = tensor_core::step(x, y, product.d[o], shim::rule);
    }
  pending[thread].clear();
  __syncwarp(0xffffffffu);  // the lanes of a warp go on together; warps do not
}
inline void warpgroup_product(float (*d)[4], uint64_t a, uint64_t b) {
  pending[shim::running->current].push_back({d[0], a, b});
}
template <int registers>
void give_registers() {}
template <int registers>
void take_registers() {}

}  // namespace icrl_cuda
