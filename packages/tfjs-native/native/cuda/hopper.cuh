// What an H100 has for large products: an engine that copies tiles into shared memory, barriers
// that count its bytes, and products of a warpgroup (four warps) straight from there. The model on
// a processor: shim/hopper.h.
#pragma once
#include "tensor-core.cuh"
#if defined(__CUDACC__)
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define ICRL_HAS_WARPGROUPS

namespace icrl_cuda {

ICRL_INLINE uint32_t shared_address(const void* p) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}

/** A barrier that counts arrivals and the bytes of copies under way. */
struct Arrivals {
  uint64_t state;

  ICRL_DEVICE void init(uint32_t count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(&state)),
                 "r"(count));
  }
  ICRL_DEVICE void expect(uint32_t bytes) {
    asm volatile(
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&state)),
        "r"(bytes)
        : "memory");
  }
  ICRL_DEVICE void arrive() {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(&state))
                 : "memory");
  }
  /** Until the phase of that parity is over; one that never ends becomes an error of the launch. */
  ICRL_DEVICE void wait(uint32_t parity) {
    for (uint32_t polls = 0; !is_over(parity); polls++)
      if (polls == kMostPolls) __trap();
  }

 private:
  static constexpr uint32_t kMostPolls = 1 << 24;

  ICRL_DEVICE bool is_over(uint32_t parity) {
    uint32_t over;
    asm volatile(
        "{\n.reg .pred over;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n"
        "selp.u32 %0, 1, 0, over;\n}"
        : "=r"(over)
        : "r"(shared_address(&state)), "r"(parity)
        : "memory");
    return over;
  }
};

ICRL_INLINE void barriers_ready() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

/** The tile of a map at column x and row y: rows of 128 bytes, swizzled. */
ICRL_INLINE void copy_tile(void* to, const TensorMap& map, int x, int y, Arrivals& done) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], "
      "[%1, {%2, %3}], [%4];" ::"r"(shared_address(to)),
      "l"(&map), "r"(x), "r"(y), "r"(shared_address(&done.state))
      : "memory");
}

/** Describes a tile to the products: groups of eight rows are 1,024 bytes apart. */
ICRL_INLINE uint64_t matrix_at(const void* p) {
  return static_cast<uint64_t>((shared_address(p) & 0x3ffff) >> 4) | 1ull << 16 | 64ull << 32 |
         1ull << 62;
}

ICRL_INLINE void products_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
ICRL_INLINE void products_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
ICRL_INLINE void products_wait() { asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory"); }
template <int registers>
ICRL_INLINE void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
}
template <int registers>
ICRL_INLINE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
}

#define ICRL_EIGHT(d, i)                                                         \
  "+f"(d[i][0]), "+f"(d[i][1]), "+f"(d[i][2]), "+f"(d[i][3]), "+f"(d[i + 1][0]), \
      "+f"(d[i + 1][1]), "+f"(d[i + 1][2]), "+f"(d[i + 1][3])
/**
 * d[64][128] += a[64][16] · b[128][16]ᵀ of a warpgroup: of each of its sixteen tiles of eight
 * columns a lane holds what it would of a step of the tensor cores.
 */
ICRL_INLINE void warpgroup_product(float (*d)[4], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,"
      "%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
      "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}, %64, %65, 1, 1, 1, 0, 0;"
      : ICRL_EIGHT(d, 0), ICRL_EIGHT(d, 2), ICRL_EIGHT(d, 4), ICRL_EIGHT(d, 6), ICRL_EIGHT(d, 8),
        ICRL_EIGHT(d, 10), ICRL_EIGHT(d, 12), ICRL_EIGHT(d, 14)
      : "l"(a), "l"(b));
}
#undef ICRL_EIGHT

}  // namespace icrl_cuda
#endif
#else
#include "../shim/hopper.h"
#define ICRL_HAS_WARPGROUPS
#endif
