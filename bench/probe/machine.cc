// What this machine can do at most, apart from any library: fused multiply-adds in registers,
// reading memory, copying it. machine THREADS SECONDS [processor] → {"fma": GFLOP/s, "read": GB/s,
// "copy": GB/s}, the best of what was tried in about SECONDS each
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX2__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
typedef float Vector __attribute__((vector_size(kBytes)));

// Enough to hide the latency of two units, few enough for sixteen registers.
constexpr int kAccumulators = 12;
constexpr size_t kMegabytes = 384;

volatile float sink;

static bool processor_time = false;

static double now() {
  if (processor_time) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static void multiply_add(size_t rounds) {
  // Each begins elsewhere, none at the fixed point 1, or the compiler computes fewer of them.
  Vector acc[kAccumulators];
  for (int i = 0; i < kAccumulators; i++) acc[i] = Vector{} + 2.0f + static_cast<float>(i);
  const Vector a = Vector{} + 0.999f, b = Vector{} + 0.001f;
  for (size_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
    for (int i = 0; i < kAccumulators; i++) acc[i] = acc[i] * a + b;
  }
  Vector total = {};
  for (const Vector& each : acc) total += each;
  sink = total[0];
}

/** Two streams, each by four vectors at a time: one alone leaves the memory waiting. */
static void read(const float* from, size_t floats) {
  constexpr size_t width = kBytes / sizeof(float);
  const size_t half = floats / width / 2;
  const Vector* data = reinterpret_cast<const Vector*>(from);
  Vector acc[8] = {};
  for (size_t i = 0; i + 4 <= half; i += 4) {
#pragma GCC unroll 4
    for (size_t j = 0; j < 4; j++) {
      acc[2 * j] += data[i + j];
      acc[2 * j + 1] += data[half + i + j];
    }
  }
  Vector total = {};
  for (const Vector& each : acc) total += each;
  sink = total[0];
}

/** Best of `body(thread)` on all threads at once, in units of `work` a second. */
static double best(int threads, double seconds, double work, const std::function<void(int)>& body) {
  double rate = 0;
  for (const double end = now() + seconds; now() < end;) {
    const double start = now();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; t++) others.emplace_back(body, t);
    body(0);
    for (std::thread& other : others) other.join();
    const double reached = work / (now() - start);
    if (reached > rate) rate = reached;
  }
  return rate;
}

int main(int argc, char** argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  const double seconds = argc > 2 ? atof(argv[2]) : 1;
  processor_time = argc > 3 && strcmp(argv[3], "processor") == 0;
  const size_t floats = (kMegabytes << 20) / sizeof(float) / threads;
  const size_t bytes = floats * sizeof(float);
  float* from = static_cast<float*>(aligned_alloc(64, bytes * threads));
  float* to = static_cast<float*>(aligned_alloc(64, bytes * threads));
  if (from == nullptr || to == nullptr) return 1;
  memset(from, 1, bytes * threads);
  memset(to, 1, bytes * threads);

  const size_t rounds = 4000000;
  const double flops = 2.0 * rounds * kAccumulators * (kBytes / sizeof(float)) * threads;
  const double fma = best(threads, seconds, flops, [&](int) { multiply_add(rounds); });
  const double reading = best(threads, seconds, 1.0 * bytes * threads,
                              [&](int t) { read(from + t * floats, floats); });
  const double copying = best(threads, seconds, 2.0 * bytes * threads,
                              [&](int t) { memcpy(to + t * floats, from + t * floats, bytes); });
  printf("{\"fma\": %.2f, \"read\": %.3f, \"copy\": %.3f}\n", fma / 1e9, reading / 1e9,
         copying / 1e9);
  return 0;
}
