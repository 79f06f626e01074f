#include "scratch.h"

#include <atomic>
#include <cstdint>
#include <new>

namespace {

std::atomic<size_t> held{0};
constexpr size_t kLine = 64;

struct Piece {
  char* memory = nullptr;
  size_t bytes = 0;

  float* reserve(size_t wanted) {
    if (wanted > bytes) {
      release();
      const size_t grown = (wanted + wanted / 4 + 4095) / 4096 * 4096;
      memory = static_cast<char*>(::operator new(grown + kLine));
      bytes = grown;
      held += grown;
    }
    const uintptr_t start = (reinterpret_cast<uintptr_t>(memory) + kLine - 1) / kLine * kLine;
    return reinterpret_cast<float*>(start);
  }

  void release() {
    ::operator delete(memory);
    held -= bytes;
    memory = nullptr;
    bytes = 0;
  }

  ~Piece() { release(); }
};

thread_local Piece pieces[scratch_uses];

}  // namespace

float* scratch(ScratchUse use, size_t count) { return pieces[use].reserve(count * sizeof(float)); }
size_t scratch_bytes() { return held.load(); }
