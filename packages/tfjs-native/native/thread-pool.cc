#include "thread-pool.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
static inline void pause_briefly() { _mm_pause(); }
#else
static inline void pause_briefly() { __asm__ __volatile__("yield"); }
#endif

namespace {

constexpr uint64_t kIndexBits = 24;
constexpr uint64_t kIndexMask = (1u << kIndexBits) - 1;
constexpr int kSpins = 2000;

struct Job {
  Task task = nullptr;
  void* context = nullptr;
};

/**
 * One 64-bit ticket says which job runs, how many tasks it has and which is next, so that a thread
 * takes a task and learns its job in one step. A job cannot end while a task taken from it is
 * unfinished, so its slot stays valid for every thread that holds a task.
 */
class Pool {
 public:
  ~Pool() { resize(1); }

  size_t threads() const { return workers_.size() + 1; }

  void resize(size_t count) {
    std::lock_guard<std::mutex> owner(owner_);
    stop_.store(true);
    wake();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stop_.store(false);
    for (size_t i = 1; i < count; i++) workers_.emplace_back([this] { work(); });
  }

  void run(size_t count, Task task, void* context) {
    std::unique_lock<std::mutex> owner(owner_, std::try_to_lock);
    if (count <= 1 || !owner.owns_lock() || workers_.empty() || count > kTasksAtOnce) {
      for (size_t i = 0; i < count; i++) task(context, i);
      return;
    }
    const uint64_t id = ++jobs_;
    job_ = {task, context};
    done_.store(0, std::memory_order_relaxed);
    ticket_.store(id << 48 | static_cast<uint64_t>(count) << kIndexBits, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) wake();
    take_tasks();
    for (int spins = 0; done_.load(std::memory_order_acquire) < count; spins++) {
      if (spins < kSpins) pause_briefly();
      else std::this_thread::yield();
    }
    if (failed_.exchange(false)) throw std::bad_alloc();
  }

 private:
  static constexpr size_t kTasksAtOnce = kIndexMask / 2;

  static bool has_tasks(uint64_t ticket) {
    return (ticket & kIndexMask) < (ticket >> kIndexBits & kIndexMask);
  }

  void take_tasks() {
    for (uint64_t seen = ticket_.load(std::memory_order_acquire); has_tasks(seen);) {
      if (!ticket_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel,
                                         std::memory_order_acquire))
        continue;
      try {
        job_.task(job_.context, seen & kIndexMask);
      } catch (const std::bad_alloc&) {
        failed_.store(true);
      }
      done_.fetch_add(1, std::memory_order_release);
      seen = ticket_.load(std::memory_order_acquire);
    }
  }

  void work() {
    while (!stop_.load(std::memory_order_acquire)) {
      bool found = false;
      for (int spins = 0; spins < kSpins && !found; spins++) {
        found = has_tasks(ticket_.load(std::memory_order_acquire)) ||
                stop_.load(std::memory_order_acquire);
        if (!found) pause_briefly();
      }
      if (!found) sleep();
      take_tasks();
    }
  }

  void sleep() {
    std::unique_lock<std::mutex> lock(sleep_);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    woken_.wait(lock, [this] {
      return stop_.load() || has_tasks(ticket_.load(std::memory_order_seq_cst));
    });
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }

  void wake() {
    std::lock_guard<std::mutex> lock(sleep_);
    woken_.notify_all();
  }

  std::vector<std::thread> workers_;
  std::mutex owner_;
  std::mutex sleep_;
  std::condition_variable woken_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::atomic<int> sleepers_{0};
  uint64_t jobs_ = 0;
  Job job_;
  alignas(64) std::atomic<uint64_t> ticket_{0};
  alignas(64) std::atomic<size_t> done_{0};
};

// Never destroyed: threads must not be joined while the process unloads its libraries.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

}  // namespace

void run_tasks(size_t count, Task task, void* context) { pool().run(count, task, context); }
size_t thread_count() { return pool().threads(); }
void set_thread_count(size_t count) { pool().resize(count < 1 ? 1 : count); }
