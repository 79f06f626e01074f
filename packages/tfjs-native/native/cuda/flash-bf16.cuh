// Attention on the tensor cores: a warp takes 16 query rows of a head, keys in blocks of 64 from
// position 0 of the sequence. Queries, keys, values and softmax weights are rounded to bf16 for the
// products; scores, softmax and sums are float32. A row's bits depend on itself and on the keys it
// sees: a key that it does not see has weight 0, and changes no sum unless its value is 2^100 times
// as large.
#pragma once
#include "attention-f32.cuh"
#include "tensor-core.cuh"

namespace icrl_cuda {

/** bf16s from row to row of a tile with `Width` numbers a row: fragments come from all banks. */
template <int Width>
constexpr int kTileStride = Width + 8;

/** Two neighboring bf16s of a tile; `at` is even. */
ICRL_INLINE uint32_t pair_at(const uint16_t* tile, int stride, int row, int at) {
  return *reinterpret_cast<const uint32_t*>(tile + row * stride + at);
}

/** Rows `row0 …` and steps `at …` of a tile, as the first operand of a step. */
template <int Width>
ICRL_INLINE void tall_fragment(const uint16_t* tile, int row0, int at, uint32_t (&a)[4]) {
  const LanePlace l = lane_place();
  constexpr int kStride = kTileStride<Width>;
  a[0] = pair_at(tile, kStride, row0 + l.group, at + 2 * l.pair);
  a[1] = pair_at(tile, kStride, row0 + l.group + 8, at + 2 * l.pair);
  a[2] = pair_at(tile, kStride, row0 + l.group, at + 2 * l.pair + 8);
  a[3] = pair_at(tile, kStride, row0 + l.group + 8, at + 2 * l.pair + 8);
}
/** Columns `row0 …` of the second operand: rows of a tile. */
template <int Width>
ICRL_INLINE void flat_fragment(const uint16_t* tile, int row0, int at, uint32_t (&b)[2]) {
  const LanePlace l = lane_place();
  constexpr int kStride = kTileStride<Width>;
  b[0] = pair_at(tile, kStride, row0 + l.group, at + 2 * l.pair);
  b[1] = pair_at(tile, kStride, row0 + l.group, at + 2 * l.pair + 8);
}

/** Results of two tiles of eight columns, rounded, as the first operand of a step over them. */
ICRL_INLINE void rounded_fragment(const float (&left)[4], const float (&right)[4],
                                  uint32_t (&a)[4]) {
  a[0] = to_bf16s(left[0], left[1]);
  a[1] = to_bf16s(left[2], left[3]);
  a[2] = to_bf16s(right[0], right[1]);
  a[3] = to_bf16s(right[2], right[3]);
}

/**
 * Rows of `width` numbers into tiles in bf16: `rows` `[Rows][Width]`, and `columns`
 * `[Width][Rows]` with the rows beside each other; either may be null. `row(r)` is where row r
 * lies; from `count` on there is none.
 */
template <int Rows, int Width, typename F>
ICRL_INLINE void round_rows(int count, int width, uint16_t* rows, uint16_t* columns, F&& row) {
  for (int i = threadIdx.x; i < Rows / 2 * Width; i += blockDim.x) {
    const int r = i / Width * 2, at = i % Width;
    const bool inside = at < width;
    const float first = inside && r < count ? row(r)[at] : 0.0f,
                second = inside && r + 1 < count ? row(r + 1)[at] : 0.0f;
    const uint32_t both = to_bf16s(first, second);
    if (rows) {
      rows[r * kTileStride<Width> + at] = static_cast<uint16_t>(both);
      rows[(r + 1) * kTileStride<Width> + at] = static_cast<uint16_t>(both >> 16);
    }
    if (columns) *reinterpret_cast<uint32_t*>(columns + at * kTileStride<Rows> + r) = both;
  }
}

/** `s[Tiles][4] += rows row0 … row0 + 15 of tall · all rows of flatᵀ`. */
template <int Width, int Tiles>
ICRL_INLINE void add_scores(const uint16_t* tall, int row0, const uint16_t* flat, int flat0,
                            float (&s)[Tiles][4]) {
#pragma unroll
  for (int step = 0; step < Width / 16; step++) {
    uint32_t a[4];
    tall_fragment<Width>(tall, row0, 16 * step, a);
#pragma unroll
    for (int tile = 0; tile < Tiles; tile++) {
      uint32_t b[2];
      flat_fragment<Width>(flat, flat0 + 8 * tile, 16 * step, b);
      tensor_core_step(s[tile], a, b);
    }
  }
}

/** `sums += weights · x` over `8 · Tiles` steps from `at` on, x as columns of a tile. */
template <int Width, int Rows, int Tiles>
ICRL_INLINE void add_weighted(const float (&weights)[Tiles][4], const uint16_t* columns, int at,
                              float (&sums)[Width / 8][4]) {
#pragma unroll
  for (int step = 0; step < Tiles / 2; step++) {
    uint32_t a[4];
    rounded_fragment(weights[2 * step], weights[2 * step + 1], a);
#pragma unroll
    for (int tile = 0; tile < Width / 8; tile++) {
      uint32_t b[2];
      flat_fragment<Rows>(columns, 8 * tile, at + 16 * step, b);
      tensor_core_step(sums[tile], a, b);
    }
  }
}

/** One of the two rows of a lane (`half`): turns its scores into weights; → what corrects its sums.
 */
ICRL_INLINE float absorb_scores(float (&s)[kFlashKeys / 8][4], int half, int j0, int visible,
                                float scale, Running& row) {
  const int pair = lane_place().pair;
  float top = -__builtin_inff();
#pragma unroll
  for (int tile = 0; tile < kFlashKeys / 8; tile++)
#pragma unroll
    for (int o = 0; o < 2; o++) {
      float& z = s[tile][2 * half + o];
      z = j0 + 8 * tile + 2 * pair + o < visible ? z * scale : -__builtin_inff();
      top = z > top ? z : top;
    }
  top = largest_of_row(top);
  const float now = top > row.largest ? top : row.largest;
  const bool sees = now > -__builtin_inff();
  float total = 0.0f;
#pragma unroll
  for (int tile = 0; tile < kFlashKeys / 8; tile++)
#pragma unroll
    for (int o = 0; o < 2; o++) {
      float& z = s[tile][2 * half + o];
      z = sees ? exp(z - now) : 0.0f;
      total = total + z;
    }
  total = sum_of_row(total);
  const float correction = now == row.largest || row.total == 0.0f ? 1.0f : exp(row.largest - now);
  row.total = fma(row.total, correction, total);
  row.largest = now;
  return correction;
}

/** The rows of this warp: a block takes `together` heads of one group, and fewer rows of each. */
struct WarpRows {
  int slot0, head, row0;

  ICRL_DEVICE explicit WarpRows(int together) {
    const int warp = threadIdx.x / 32;
    slot0 = 16 * warp;
    head = static_cast<int>(blockIdx.y) * together + warp % together;
    row0 = warp / together * 16;
  }
  /** Where the row of a slot of the block's tile lies; a row that does not exist is the last one.
   */
  ICRL_DEVICE size_t offset(int slot, const AttentionTask& task, int together, size_t stride,
                            int width) const {
    const int warp = slot / 16, row = warp / together * 16 + slot % 16;
    const size_t of = static_cast<size_t>(blockIdx.y) * together + warp % together;
    return size_t(task.row + (row < task.rows ? row : task.rows - 1)) * stride + of * width;
  }
};

/** A row of a page. */
struct PageRow {
  const uint16_t* numbers;

  ICRL_DEVICE float operator[](int at) const {
    return __int_as_float(static_cast<int32_t>(uint32_t{numbers[at]} << 16));
  }
};

template <int Width>
ICRL_INLINE void flash_block(const attention_parameters& a, unsigned char* memory) {
  constexpr int kStride = kTileStride<Width>;
  uint16_t* keys = reinterpret_cast<uint16_t*>(memory);  // [kFlashKeys][Width]
  uint16_t* queries = keys + kFlashKeys * kStride;       // [kFlashRows][Width]
  uint16_t* values = queries + kFlashRows * kStride;     // [Width][kFlashKeys]
  const AttentionTask task = a.tasks[blockIdx.x];
  if (task.rows == 0) return;
  const WarpRows own(a.together);
  const int head = own.head, row0 = own.row0, group = head / (a.heads / a.groups);
  const size_t query_stride = size_t(a.heads) * a.width, key_stride = size_t(a.groups) * a.width;
  const size_t first = size_t(task.row) * query_stride + size_t(head) * a.width;
  const LanePlace lane = lane_place();
  // The keys that the last row of the warp sees; none if the warp has no row.
  const int last = row0 + 16 < task.rows ? row0 + 16 : task.rows;
  const int reach = row0 < task.rows ? task.before + last : 0;
  const auto tile_row = [&](const float* x, int slot) {
    return x + own.offset(slot, task, a.together, query_stride, a.width);
  };
  round_rows<kFlashRows, Width>(kFlashRows, a.width, queries, nullptr,
                                [&](int slot) { return tile_row(a.q, slot); });
  float sums[Width / 8][4] = {};
  Running rows[2];
  const int longest = task.before + task.rows;
  for (int j0 = 0; j0 < longest; j0 += kFlashKeys) {
    const auto row_of = [&](const float* x, int j) {
      return x + key_row(task, a.chains, j0 + j) * key_stride + size_t(group) * a.width;
    };
    __syncthreads();
    if (a.pages) {
      const CachePage page = a.pages[task.chain + j0 / kPageRows];
      const auto page_row = [&](const void* numbers, int j) {
        return PageRow{static_cast<const uint16_t*>(numbers) + size_t(j) * page_stride(key_stride) +
                       size_t(group) * a.width};
      };
      round_rows<kFlashKeys, Width>(longest - j0, a.width, keys, nullptr,
                                    [&](int j) { return page_row(page.keys, j); });
      round_rows<kFlashKeys, Width>(longest - j0, a.width, nullptr, values,
                                    [&](int j) { return page_row(page.values, j); });
    } else {
      round_rows<kFlashKeys, Width>(longest - j0, a.width, keys, nullptr,
                                    [&](int j) { return row_of(a.k, j); });
      round_rows<kFlashKeys, Width>(longest - j0, a.width, nullptr, values,
                                    [&](int j) { return row_of(a.v, j); });
    }
    __syncthreads();
    if (j0 >= reach) continue;
    float s[kFlashKeys / 8][4] = {};
    add_scores<Width>(queries, own.slot0, keys, 0, s);
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int r = row0 + lane.group + 8 * half;
      const int visible = r < task.rows ? task.before + r + 1 : 0;
      const float correction = absorb_scores(s, half, j0, visible, a.scale, rows[half]);
#pragma unroll
      for (int tile = 0; tile < Width / 8; tile++)
#pragma unroll
        for (int o = 0; o < 2; o++)
          sums[tile][2 * half + o] = sums[tile][2 * half + o] * correction;
    }
    add_weighted<Width, kFlashKeys>(s, values, 0, sums);
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int r = row0 + lane.group + 8 * half;
    if (r >= task.rows) continue;
    float* out = a.out + first + r * query_stride;
#pragma unroll
    for (int tile = 0; tile < Width / 8; tile++)
#pragma unroll
      for (int o = 0; o < 2; o++) {
        const int at = 8 * tile + 2 * lane.pair + o;
        if (at < a.width) out[at] = sums[tile][2 * half + o] / rows[half].total;
      }
    if (a.logsumexp && lane.pair == 0)
      a.logsumexp[size_t(task.row + r) * a.heads + head] =
          rows[half].largest + log(rows[half].total);
  }
}

/** The weight of a score again, and the gradient of the score. */
ICRL_INLINE float flash_weight(float score, float scale, float logsumexp) {
  return weight_again(set1(score), scale, logsumexp).v;
}
ICRL_INLINE float flash_slope(float weight, float dWeight, float along, float scale) {
  return score_gradient(set1(weight), set1(dWeight), along, scale).v;
}

template <int Width>
ICRL_INLINE void flash_dq_block(const attention_dq_parameters& a, unsigned char* memory) {
  constexpr int kStride = kTileStride<Width>, kHalf = kFlashKeys / 2;
  uint16_t* keys = reinterpret_cast<uint16_t*>(memory);  // [kFlashKeys][Width]
  uint16_t* values = keys + kFlashKeys * kStride;        // [kFlashKeys][Width]
  uint16_t* queries = values + kFlashKeys * kStride;     // [kFlashRows][Width]
  uint16_t* slopes = queries + kFlashRows * kStride;     // [kFlashRows][Width]
  uint16_t* columns = slopes + kFlashRows * kStride;     // [Width][kFlashKeys], of the keys
  const AttentionTask task = a.tasks[blockIdx.x];
  const WarpRows own(a.together);
  const int head = own.head, row0 = own.row0, group = head / (a.heads / a.groups);
  const size_t query_stride = size_t(a.heads) * a.width, key_stride = size_t(a.groups) * a.width;
  const size_t first = size_t(task.row) * query_stride + size_t(head) * a.width;
  const LanePlace lane = lane_place();
  const int last = row0 + 16 < task.rows ? row0 + 16 : task.rows;
  const int reach = row0 < task.rows ? task.before + last : 0;
  const auto tile_row = [&](const float* x, int slot) {
    return x + own.offset(slot, task, a.together, query_stride, a.width);
  };
  round_rows<kFlashRows, Width>(kFlashRows, a.width, queries, nullptr,
                                [&](int slot) { return tile_row(a.q, slot); });
  round_rows<kFlashRows, Width>(kFlashRows, a.width, slopes, nullptr,
                                [&](int slot) { return tile_row(a.dOut, slot); });
  float logsumexp[2] = {}, along[2] = {};
  int visible[2] = {};
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int r = row0 + lane.group + 8 * half;
    if (r >= task.rows) continue;
    logsumexp[half] = a.logsumexp[size_t(task.row + r) * a.heads + head];
    along[half] = a.along[size_t(task.row + r) * a.heads + head];
    visible[half] = task.before + r + 1;
  }
  float sums[Width / 8][4] = {};
  const int longest = task.before + task.rows;
  for (int j0 = 0; j0 < longest; j0 += kFlashKeys) {
    const auto row_of = [&](const float* x, int j) {
      return x + key_row(task, a.chains, j0 + j) * key_stride + size_t(group) * a.width;
    };
    __syncthreads();
    round_rows<kFlashKeys, Width>(longest - j0, a.width, keys, columns,
                                  [&](int j) { return row_of(a.k, j); });
    round_rows<kFlashKeys, Width>(longest - j0, a.width, values, nullptr,
                                  [&](int j) { return row_of(a.v, j); });
    __syncthreads();
    for (int k0 = 0; k0 < kFlashKeys && j0 + k0 < reach; k0 += kHalf) {
      float s[kHalf / 8][4] = {}, d[kHalf / 8][4] = {};
      add_scores<Width>(queries, own.slot0, keys, k0, s);
      add_scores<Width>(slopes, own.slot0, values, k0, d);
#pragma unroll
      for (int tile = 0; tile < kHalf / 8; tile++)
#pragma unroll
        for (int o = 0; o < 4; o++) {
          const int half = o / 2, position = j0 + k0 + 8 * tile + 2 * lane.pair + (o & 1);
          const float weight = flash_weight(s[tile][o], a.scale, logsumexp[half]);
          s[tile][o] = position < visible[half]
                           ? flash_slope(weight, d[tile][o], along[half], a.scale)
                           : 0.0f;
        }
      add_weighted<Width, kFlashKeys>(s, columns, k0, sums);
    }
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int r = row0 + lane.group + 8 * half;
    if (r >= task.rows) continue;
#pragma unroll
    for (int tile = 0; tile < Width / 8; tile++)
#pragma unroll
      for (int o = 0; o < 2; o++) {
        const int at = 8 * tile + 2 * lane.pair + o;
        if (at < a.width) a.dq[first + r * query_stride + at] = sums[tile][2 * half + o];
      }
  }
}

/** Keys and values of a group: 16 keys a warp, the rows that see them in order of segment, head and
 * row. Scores are those of the rows, with the sides swapped. */
template <int Width>
ICRL_INLINE void flash_dkv_block(const attention_dkv_parameters& a, unsigned char* memory) {
  constexpr int kStride = kTileStride<Width>, kRows = kFlashGradientRows, kTiles = kRows / 8;
  uint16_t* keys = reinterpret_cast<uint16_t*>(memory);                  // [kFlashRows][Width]
  uint16_t* values = keys + kFlashRows * kStride;                        // [kFlashRows][Width]
  uint16_t* queries = values + kFlashRows * kStride;                     // [kRows][Width]
  uint16_t* slopes = queries + kRows * kStride;                          // [kRows][Width]
  uint16_t* query_columns = slopes + kRows * kStride;                    // [Width][kRows]
  uint16_t* slope_columns = query_columns + Width * kTileStride<kRows>;  // [Width][kRows]
  const KeyTask task = a.tasks[blockIdx.x];
  const int group = blockIdx.y, each = a.heads / a.groups;
  const size_t query_stride = size_t(a.heads) * a.width, key_stride = size_t(a.groups) * a.width;
  const size_t at_keys = size_t(task.row) * key_stride + size_t(group) * a.width;
  const LanePlace lane = lane_place();
  const int key0 = threadIdx.x / 32 * 16;
  round_rows<kFlashRows, Width>(task.rows, a.width, keys, nullptr,
                                [&](int j) { return a.k + at_keys + j * key_stride; });
  round_rows<kFlashRows, Width>(task.rows, a.width, values, nullptr,
                                [&](int j) { return a.v + at_keys + j * key_stride; });
  float dk[Width / 8][4] = {}, dv[Width / 8][4] = {};
  for (int n = task.segments; n < task.segments + task.count; n++) {
    const SegmentRows segment = a.segments[n];
    for (int head = group * each; head < (group + 1) * each; head++) {
      for (int r0 = 0; r0 < segment.rows; r0 += kRows) {
        const int rows = segment.rows - r0 < kRows ? segment.rows - r0 : kRows;
        // The first row sees this many keys, and the last one `longest`.
        const int visible = segment.before + r0 + 1, longest = visible + rows - 1;
        if (task.position >= longest) continue;
        const size_t row = size_t(segment.row + r0),
                     from = row * query_stride + size_t(head) * a.width;
        __syncthreads();
        round_rows<kRows, Width>(rows, a.width, queries, query_columns,
                                 [&](int r) { return a.q + from + r * query_stride; });
        round_rows<kRows, Width>(rows, a.width, slopes, slope_columns,
                                 [&](int r) { return a.dOut + from + r * query_stride; });
        __syncthreads();
        if (key0 >= task.rows || task.position + key0 >= longest) continue;
        float s[kTiles][4] = {}, d[kTiles][4] = {};
        add_scores<Width>(keys, key0, queries, 0, s);
        add_scores<Width>(values, key0, slopes, 0, d);
#pragma unroll
        for (int tile = 0; tile < kTiles; tile++)
#pragma unroll
          for (int o = 0; o < 4; o++) {
            const int r = 8 * tile + 2 * lane.pair + (o & 1),
                      position = task.position + key0 + lane.group + (o >= 2 ? 8 : 0);
            float weight = 0.0f, slope = 0.0f;
            if (r < rows && position < visible + r) {
              const size_t one = (row + r) * a.heads + head;
              weight = flash_weight(s[tile][o], a.scale, a.logsumexp[one]);
              slope = flash_slope(weight, d[tile][o], a.along[one], a.scale);
            }
            s[tile][o] = weight;
            d[tile][o] = slope;
          }
        add_weighted<Width, kRows>(s, slope_columns, 0, dv);
        add_weighted<Width, kRows>(d, query_columns, 0, dk);
      }
    }
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int j = key0 + lane.group + 8 * half;
    if (j >= task.rows) continue;
#pragma unroll
    for (int tile = 0; tile < Width / 8; tile++)
#pragma unroll
      for (int o = 0; o < 2; o++) {
        const int at = 8 * tile + 2 * lane.pair + o;
        if (at >= a.width) continue;
        a.dk[at_keys + j * key_stride + at] = dk[tile][2 * half + o];
        a.dv[at_keys + j * key_stride + at] = dv[tile][2 * half + o];
      }
  }
}

#define ICRL_FLASH(width)                                         \
  ICRL_KERNEL(flash_##width, attention_parameters, 128) {         \
    ICRL_SHARED;                                                  \
    flash_block<width>(a, shared_memory);                         \
  }                                                               \
  ICRL_KERNEL(flash_dq_##width, attention_dq_parameters, 128) {   \
    ICRL_SHARED;                                                  \
    flash_dq_block<width>(a, shared_memory);                      \
  }                                                               \
  ICRL_KERNEL(flash_dkv_##width, attention_dkv_parameters, 128) { \
    ICRL_SHARED;                                                  \
    flash_dkv_block<width>(a, shared_memory);                     \
  }
ICRL_FLASH(16)
ICRL_FLASH(32)
ICRL_FLASH(64)
ICRL_FLASH(128)
#undef ICRL_FLASH

}  // namespace icrl_cuda
