// Runs CUDA kernels on a processor: the threads of a block are fibers of one thread of the system,
// blocks run one after another. It finds, beside wrong results: a barrier that not all threads
// reach, a warp operation that lanes of its mask do not reach, shared memory read before it is
// written (it starts as NaN), and missing barriers (each seed runs the fibers in another order).
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "observed.h"
#include "tensor-core.h"

// Fifteen instructions switch fibers on x86-64; elsewhere, and where asked for, the system does.
#if defined(__x86_64__) && defined(__linux__) && !defined(ICRL_UCONTEXT)
#define ICRL_OWN_SWITCH
#else
#include <ucontext.h>
#endif

#define __device__
#define __forceinline__ inline __attribute__((always_inline))

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

namespace shim {

/** Which generation's tensor cores are modelled. */
inline tensor_core::Rule rule = tensor_core::kHopper;

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

constexpr unsigned kWarp = 32, kMostThreads = 1024;

#ifdef ICRL_OWN_SWITCH
using Context = void*;
extern "C" void icrl_switch_fiber(void** from, void* to);
__asm__(R"(
.text
.weak icrl_switch_fiber
.hidden icrl_switch_fiber
icrl_switch_fiber:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
)");
ICRL_MODEL inline void switch_to(Context& from, Context& to) { icrl_switch_fiber(&from, to); }
ICRL_MODEL inline void make_context(Context& context, char* stack, void (*entry)()) {
  const uintptr_t top = reinterpret_cast<uintptr_t>(stack + kStack) & ~uintptr_t{15};
  void** s = reinterpret_cast<void**>(top - 16);
  *s = reinterpret_cast<void*>(entry);
  for (int i = 0; i < 6; i++) *--s = nullptr;
  context = s;
}
#else
using Context = ucontext_t;
ICRL_MODEL inline void switch_to(Context& from, Context& to) { swapcontext(&from, &to); }
ICRL_MODEL inline void make_context(Context& context, char* stack, void (*entry)()) {
  getcontext(&context);
  context.uc_stack.ss_sp = stack;
  context.uc_stack.ss_size = kStack;
  context.uc_link = nullptr;
  makecontext(&context, entry, 0);
}
#endif

struct Fiber {
  Context context{};
  Index thread;
  bool done = false;
};

/** What the lanes of a mask give one another. */
struct Exchange {
  uint64_t values[kWarp];
  uint32_t arrived = 0, left = 0, mask = 0;
  unsigned generation = 0;
  char meetings[2];  // of odd and even generations: who runs ahead must not meet those behind
};

struct Block {
  Index index, size, grid;
  std::vector<Fiber> fibers;
  std::vector<char> stacks;
  std::vector<Exchange> low, high, full;  // of the halves of each warp, and of the whole one
  std::vector<unsigned> order;
  unsigned waiting = 0, generation = 0;  // at the barrier of the block
  char meetings[2], start, end;
  Context scheduler{};
  Observed observed_scheduler{};
  std::vector<Observed> observed_fibers;
  unsigned current = 0, alive = 0, progress = 0;
  unsigned char* shared = nullptr;
  std::vector<unsigned char> shared_memory;
  void (*kernel)(const void*) = nullptr;
  const void* args = nullptr;
  std::string failure;

  /** What all fibers read stays where it is. */
  Block() {
    fibers.reserve(kMostThreads);
    for (auto* part : {&low, &high, &full}) part->reserve(kMostThreads / kWarp + 1);
  }
};

inline Block* running = nullptr;
/** 0: fibers in order. Others: in a random order, and warps that stand still for a while. */
inline uint64_t seed = 0;

ICRL_MODEL inline Fiber& me() { return running->fibers[running->current]; }
ICRL_MODEL inline void yield() {
  observe_switch(running->observed_scheduler);
  switch_to(me().context, running->scheduler);
}

/** Ends the block; the scheduler says why. */
ICRL_MODEL inline void fail(const std::string& why) {
  if (running->failure.empty()) running->failure = why;
  for (;;) yield();
}

ICRL_MODEL inline void run_fiber() {
  Block* block = running;
  after(&block->start);
  block->kernel(block->args);
  before(&block->end);
  block->fibers[block->current].done = true;
  block->alive--;
  block->progress++;
  for (;;) yield();
}

ICRL_MODEL inline void barrier() {
  Block& b = *running;
  const unsigned generation = b.generation;
  char* meeting = &b.meetings[generation % 2];
  before(meeting);
  b.progress++;
  if (++b.waiting == b.fibers.size()) {
    b.waiting = 0;
    b.generation++;
  } else {
    while (b.generation == generation) yield();
  }
  after(meeting);
}

/** Where the lanes of `mask` in the running one's warp meet. */
ICRL_MODEL inline Exchange& exchange_of(uint32_t mask) {
  Block& b = *running;
  const unsigned warp = b.current / kWarp;
  return mask == 0xffffffffu ? b.full[warp] : mask & 0xffffu ? b.low[warp] : b.high[warp];
}

/** The lanes of `mask` give a word each; returns the one that lane `from` gave. */
ICRL_MODEL inline uint64_t exchange(uint32_t mask, uint64_t value, unsigned from) {
  Block& b = *running;
  const unsigned warp = b.current / kWarp, lane = b.current % kWarp;
  Exchange& x = exchange_of(mask);
  while (x.left != 0) yield();  // the last exchange is still being read
  if (x.arrived == 0) x.mask = mask;
  if (x.mask != mask || (x.arrived >> lane & 1) || !(mask >> lane & 1))
    fail("lane " + std::to_string(lane) + " of warp " + std::to_string(warp) +
         " meets others under another mask");
  x.values[lane] = value;
  x.arrived |= 1u << lane;
  b.progress++;
  const size_t lanes = b.fibers.size() - warp * kWarp;
  const uint32_t wanted = lanes < kWarp ? mask & ((1u << lanes) - 1) : mask;
  if (x.arrived == wanted) {
    x.left = wanted;
    x.arrived = 0;
    x.generation++;
  } else {
    const unsigned generation = x.generation;
    while (x.generation == generation) yield();
  }
  const uint64_t got = x.values[from];
  x.left &= ~(1u << lane);
  b.progress++;
  return got;
}

/** The lanes of `mask` wait for one another, and see what each wrote before: a shuffle does not. */
ICRL_MODEL inline void meet(uint32_t mask) {
  Exchange& x = exchange_of(mask);
  char* meeting = &x.meetings[x.generation % 2];
  before(meeting);
  exchange(mask, 0, running->current % kWarp);
  after(meeting);
}

/** Runs the fibers until all have ended; throws where none can go on. */
ICRL_MODEL inline void run_block(Block& b) {
  const size_t n = b.fibers.size();
  b.alive = static_cast<unsigned>(n);
  b.waiting = b.generation = 0;
  b.failure.clear();
  for (auto* part : {&b.low, &b.high, &b.full}) part->assign(n / kWarp + 1, Exchange{});
  for (size_t i = 0; i < n; i++) {
    b.fibers[i].done = false;
    b.fibers[i].thread = {static_cast<unsigned>(i), 0, 0};
    b.order[i] = static_cast<unsigned>(i);
    make_context(b.fibers[i].context, b.stacks.data() + i * kStack, run_fiber);
  }
  std::minstd_rand random(static_cast<unsigned>(seed * 7919 + b.index.x * 31 + b.index.y * 17 + 1));
  uint32_t still = 0, patience = 0;  // warps that stand still, and for how many rounds
  while (b.alive > 0) {
    if (seed) {
      for (size_t i = n; i > 1; i--) std::swap(b.order[i - 1], b.order[random() % i]);
      if (patience > 0) patience--;
      else {
        still = random() % 3 == 0 ? static_cast<uint32_t>(random()) : 0;
        patience = random() % 64;
      }
    }
    const unsigned before = b.progress;
    bool skipped = false;
    for (unsigned i : b.order) {
      if (b.fibers[i].done) continue;
      if (still >> (i / kWarp % 32) & 1) {
        skipped = true;
        continue;
      }
      b.current = i;
      observe_switch(b.observed_fibers[i]);
      switch_to(b.scheduler, b.fibers[i].context);
      if (!b.failure.empty()) throw std::runtime_error(b.failure);
    }
    if (b.progress != before) continue;
    if (!skipped) throw std::runtime_error("its threads wait for one another");
    still = patience = 0;
  }
}

/** Runs a kernel over a grid. */
inline void launch(void (*kernel)(const void*), const void* args, Index grid, unsigned threads,
                   size_t shared) {
  static Block b;
  b.kernel = kernel;
  b.args = args;
  b.grid = grid;
  b.size = {threads, 1, 1};
  b.fibers.resize(threads);
  b.order.resize(threads);
  b.observed_scheduler = observed();
  while (b.observed_fibers.size() < threads) b.observed_fibers.push_back(observe_fiber());
  if (b.stacks.size() < threads * kStack) b.stacks.resize(threads * kStack);
  if (b.shared_memory.size() < shared + 1024) b.shared_memory.resize(shared + 1024);
  b.shared =
      b.shared_memory.data() + 1024 - reinterpret_cast<uintptr_t>(b.shared_memory.data()) % 1024;
  running = &b;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) {
        b.index = {x, y, z};
        std::memset(b.shared, 0xff, shared);
        before(&b.start);
        run_block(b);
        after(&b.end);
      }
}

template <typename T>
inline uint64_t word(T value) {
  uint64_t w = 0;
  std::memcpy(&w, &value, sizeof value);
  return w;
}
template <typename T>
inline T value(uint64_t w) {
  T v;
  std::memcpy(&v, &w, sizeof v);
  return v;
}

}  // namespace shim

#define threadIdx (shim::me().thread)
#define blockIdx (shim::running->index)
#define blockDim (shim::running->size)
#define gridDim (shim::running->grid)

inline void __syncthreads() { shim::barrier(); }
inline void __syncwarp(unsigned mask) { shim::meet(mask); }
template <typename T>
inline T __shfl_xor_sync(unsigned mask, T v, int x) {
  return shim::value<T>(shim::exchange(mask, shim::word(v),
                                       (shim::running->current % 32) ^ static_cast<unsigned>(x)));
}
template <typename T>
inline T __shfl_sync(unsigned mask, T v, int from) {
  return shim::value<T>(shim::exchange(mask, shim::word(v), static_cast<unsigned>(from)));
}
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }
inline int __float_as_int(float x) { return shim::value<int>(shim::word(x)); }
inline float __int_as_float(int x) { return shim::value<float>(shim::word(x)); }
