// The memory of the model of a GPU: NaN when it is given out, and for a while after it was given
// back, so that whoever still uses it is found.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>

namespace shim {

class DeviceMemory {
 public:
  explicit DeviceMemory(size_t all) : all_(all) {}

  size_t free_bytes() const { return all_ - held_bytes_; }

  /** Null if there is no more. */
  void* take(size_t bytes) {
    const std::lock_guard<std::mutex> guard(lock_);
    if (bytes > free_bytes()) return nullptr;
    // Mapped, since a heap's addresses may have 32 bits, as other arguments of kernels do.
    void* piece =
        mmap(nullptr, mapped(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) return nullptr;
    std::memset(piece, 0xff, bytes);
    held_[address_of(piece)] = bytes;
    held_bytes_ += bytes;
    return piece;
  }

  /** Whether a piece began there. */
  bool give(void* piece) {
    const std::lock_guard<std::mutex> guard(lock_);
    const auto found = held_.find(address_of(piece));
    if (found == held_.end()) return false;
    const size_t bytes = found->second;
    held_.erase(found);
    held_bytes_ -= bytes;
    std::memset(piece, 0xff, bytes);
    given_[address_of(piece)] = bytes;
    given_bytes_ += bytes;
    order_.push_back(piece);
    while (given_bytes_ > kKept) free_oldest();
    return true;
  }

  /** Whether `bytes` bytes from `address` on are of one piece. */
  bool has(uintptr_t address, size_t bytes) {
    const std::lock_guard<std::mutex> guard(lock_);
    return lies_in(held_, address, bytes);
  }
  /** Whether `address` is of a piece that was given back not long ago. */
  bool was_given_back(uintptr_t address) {
    const std::lock_guard<std::mutex> guard(lock_);
    return lies_in(given_, address, 1);
  }

 private:
  using Pieces = std::map<uintptr_t, size_t>;

  static constexpr size_t kPage = size_t{4} << 10, kKept = size_t{64} << 20;

  /** Kernels may read a vector past the end. */
  static size_t mapped(size_t bytes) { return ((bytes + 512) / kPage + 1) * kPage; }
  static uintptr_t address_of(const void* piece) { return reinterpret_cast<uintptr_t>(piece); }
  static bool lies_in(const Pieces& pieces, uintptr_t address, size_t bytes) {
    const auto next = pieces.upper_bound(address);
    if (next == pieces.begin()) return false;
    const auto& [start, size] = *std::prev(next);
    return address - start + bytes <= size;
  }
  void free_oldest() {
    const auto oldest = given_.find(address_of(order_.front()));
    given_bytes_ -= oldest->second;
    munmap(order_.front(), mapped(oldest->second));
    given_.erase(oldest);
    order_.pop_front();
  }

  std::mutex lock_;  // another thread copies from it
  size_t all_, held_bytes_ = 0, given_bytes_ = 0;
  Pieces held_, given_;
  std::deque<void*> order_;  // in which pieces were given back
};

}  // namespace shim
