// The two products of attention in bf16 by AMX tiles: 16 rows of 16 sums each, fed by 16 rows of 32
// bf16. Included once per instruction set; there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_TILES_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_TILES_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_TILES_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "compute/cpu/attention_job-inl.h"
#include "compute/cpu/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

// Tiles 0 to 3 are sums; 4 and 5 whole operands; 6 and 7 those of the depth that is left when it is
// no multiple of a tile.
constexpr size_t kSumTiles = 4;

// Calls use.operator()<c>() for c in [0, count), count <= kSumTiles.
template <typename Use>
HWY_INLINE void ForEachTile(size_t count, const Use& use) {
  use.template operator()<0>();
  if (count > 1) use.template operator()<1>();
  if (count > 2) use.template operator()<2>();
  if (count > 3) use.template operator()<3>();
}

// Adds a * b to `count` tiles of sums. a: 16 rows of `depth` words; column(c): the c-th tile of b,
// `depth` rows of 16 words.
template <typename Column>
HWY_INLINE void AccumulateTiles(const uint16_t* a, size_t a_bytes, const Column& column,
                                size_t b_bytes, size_t depth, size_t count) {
  size_t k = 0;
  for (; k + kTileSide <= depth; k += kTileSide) {
    LoadTile<4>(a + 2 * k, a_bytes);
    ForEachTile(count, [&]<int kSums>() {
      LoadTile<5>(column(kSums) + k * b_bytes / sizeof(uint16_t), b_bytes);
      MultiplyTiles<kSums, 4, 5>();
    });
  }
  if (k == depth) return;
  LoadTile<6>(a + 2 * k, a_bytes);
  ForEachTile(count, [&]<int kSums>() {
    LoadTile<7>(column(kSums) + k * b_bytes / sizeof(uint16_t), b_bytes);
    MultiplyTiles<kSums, 6, 7>();
  });
}

// Inside a TileSession of depth job.words.
struct TileProducts {
  static constexpr size_t kMostRows = kTileSide;
  static constexpr size_t kKeyStep = 2 * kTileSide;  // whole tiles of pairs, along the values too

  static void Scores(const HeadJob<uint16_t>& job, const TilePlace& place) {
    const uint16_t* queries = job.queries + place.query * job.query_pitch;
    size_t query_pitch = job.query_pitch;
    if (place.rows < kTileSide) {  // a tile reads 16
      for (size_t r = 0; r < place.rows; ++r) {
        std::copy_n(queries + r * query_pitch, 2 * job.words, job.few_queries + r * 2 * job.words);
      }
      queries = job.few_queries;
      query_pitch = 2 * job.words;
    }
    const size_t panel = PanelKeys();
    for (size_t j = 0; j < place.width; j += kSumTiles * kTileSide) {
      const size_t count = std::min(kSumTiles, (place.width - j) / kTileSide);
      const auto keys = [&](size_t c) {
        const size_t key = place.first + j + c * kTileSide;
        return job.keys + (key / panel * panel * job.words + key % panel) * 2;
      };
      ForEachTile(count, []<int kSums>() { ZeroTile<kSums>(); });
      AccumulateTiles(queries, query_pitch * sizeof(uint16_t), keys, panel * sizeof(float),
                      job.words, count);
      ForEachTile(count, [&]<int kSums>() {
        StoreTile<kSums>(job.scores + j + kSums * kTileSide, kBlockKeys * sizeof(float));
      });
    }
  }

  static void Values(const HeadJob<uint16_t>& job, const TilePlace& place, const float* factors,
                     float* results) {
    if (factors != nullptr) Scale(job, place.rows, factors, results);
    const uint16_t* values = job.values + place.first * job.pitch;
    const size_t row_bytes = job.pitch * sizeof(float);
    for (size_t i = 0; i < job.pitch; i += kSumTiles * kTileSide) {
      const size_t count = std::min(kSumTiles, (job.pitch - i) / kTileSide);
      ForEachTile(count, [&]<int kSums>() {
        if (factors == nullptr) return ZeroTile<kSums>();
        LoadTile<kSums>(results + i + kSums * kTileSide, row_bytes);
      });
      AccumulateTiles(
          job.weights, kBlockKeys * sizeof(uint16_t),
          [&](size_t c) { return values + 2 * (i + c * kTileSide); }, row_bytes, place.width / 2,
          count);
      ForEachTile(count, [&]<int kSums>() {
        StoreTile<kSums>(results + i + kSums * kTileSide, row_bytes);
      });
    }
  }

 private:
  static void Scale(const HeadJob<uint16_t>& job, size_t rows, const float* factors,
                    float* results) {
    const F32 d;
    for (size_t r = 0; r < rows; ++r) {
      for (size_t i = 0; i < job.pitch; i += hn::Lanes(d)) {
        float* at = results + r * job.pitch + i;
        hn::StoreU(hn::Mul(hn::LoadU(d, at), hn::Set(d, factors[r])), d, at);
      }
    }
  }
};

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
