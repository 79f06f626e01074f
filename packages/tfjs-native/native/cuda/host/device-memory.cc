#include "device-memory.h"

#include "decode-call.h"
#include "recorded-steps.h"

namespace icrl_gpu {

namespace {

struct Chunk {
  unsigned char* memory;
  size_t bytes, used;
};

std::unique_ptr<Device> open;
std::vector<Chunk> chunks;
LaunchList* collecting = nullptr;

constexpr size_t kAlignment = 256, kSmallest = size_t{1} << 20;

}  // namespace

Device& device() {
  if (!open) throw DeviceError("no device is open");
  return *open;
}

void set_device(std::unique_ptr<Device> device) {
  forget_recorded_steps();
  open = std::move(device);
}

Work work{};

void upload(void* to, const void* from, size_t bytes) {
  if (collecting) throw DeviceError("an upload among launches that are collected");
  work.uploads++;
  device().upload(to, from, bytes);
}

void submit(const Launch& launch, const void* args, size_t bytes) {
  if (collecting) return collecting->add(launch, args, bytes);
  work.launches++;
  device().launch(launch, args);
}

Collecting::Collecting(LaunchList& to) { collecting = &to; }
Collecting::~Collecting() { collecting = nullptr; }

size_t working_bytes() {
  size_t total = call_bytes();
  for (const Chunk& chunk : chunks) total += chunk.bytes;
  return total;
}

void release_working() {
  drop_recorded_steps();
  release_call();
  for (const Chunk& chunk : chunks) device().release(chunk.memory);
  chunks.clear();
}

void* Working::take_bytes(size_t bytes) {
  const size_t size = blocks_of(bytes ? bytes : 1, kAlignment) * kAlignment;
  for (Chunk& chunk : chunks)
    if (chunk.bytes - chunk.used >= size) {
      chunk.used += size;
      return chunk.memory + chunk.used - size;
    }
  const size_t fresh = size > kSmallest ? size : kSmallest;
  chunks.push_back({static_cast<unsigned char*>(device().allocate(fresh)), fresh, size});
  return chunks.back().memory;
}

Working::Working() {
  for (const Chunk& chunk : chunks) used_.push_back(chunk.used);
}

// Work that still reads the memory comes first on the device: its next user waits for it there.
Working::~Working() {
  for (size_t i = 0; i < chunks.size(); i++) chunks[i].used = i < used_.size() ? used_[i] : 0;
}

}  // namespace icrl_gpu
