// The two products of attention in bf16 by AMX tiles: 16 rows of 16 sums each, fed by 16 rows of 32
// bf16. Included once per instruction set; there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_TILES_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_TILES_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_TILES_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "compute/cpu/attention/attention_job-inl.h"
#include "compute/cpu/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

// Tiles 0 to 3 are sums: of one tile of rows and four of columns, or two of either. 4 and 5 are
// whole operands; 6 and 7 those of the depth that is left when it is no multiple of a tile.
constexpr size_t kSumTiles = 4;

// Calls use.operator()<t>() for t in [0, count), count <= kSumTiles.
template <typename Use>
HWY_INLINE void ForEachTile(size_t count, const Use& use) {
  use.template operator()<0>();
  if (count > 1) use.template operator()<1>();
  if (count > 2) use.template operator()<2>();
  if (count > 3) use.template operator()<3>();
}

// Sums of kRowTiles tiles of rows and `columns` tiles of columns.
template <size_t kRowTiles>
struct TileGrid {
  static constexpr size_t kMostColumns = kSumTiles / kRowTiles;
  size_t columns;

  // Calls use.operator()<sums>(row tile, column tile) for all of them.
  template <typename Use>
  HWY_INLINE void ForEach(const Use& use) const {
    ForEachTile(columns, [&]<int kColumn>() { use.template operator()<kColumn>(0, kColumn); });
    if constexpr (kRowTiles == 1) return;
    ForEachTile(columns, [&]<int kColumn>() {
      if constexpr (kColumn < kMostColumns) {
        use.template operator()<kMostColumns + kColumn>(1, kColumn);
      }
    });
  }

  HWY_INLINE void Zero() const {
    ForEach([]<int kSums>(size_t /*row*/, size_t /*column*/) { ZeroTile<kSums>(); });
  }
  // To or from rows of floats.
  HWY_INLINE void Store(float* to, size_t pitch) const {
    ForEach([=]<int kSums>(size_t row, size_t column) {
      StoreTile<kSums>(to + (row * pitch + column) * kTileSide, pitch * sizeof(float));
    });
  }
  HWY_INLINE void Load(const float* from, size_t pitch) const {
    ForEach([=]<int kSums>(size_t row, size_t column) {
      LoadTile<kSums>(from + (row * pitch + column) * kTileSide, pitch * sizeof(float));
    });
  }

  // Adds a * b. a: rows of `depth` words; column(c): the c-th tile of b, `depth` rows of 16 words.
  template <typename Column>
  HWY_INLINE void Accumulate(const uint16_t* a, size_t a_bytes, const Column& column,
                             size_t b_bytes, size_t depth) const {
    const size_t a_tile = kTileSide * a_bytes / sizeof(uint16_t);
    size_t k = 0;
    for (; k + kTileSide <= depth; k += kTileSide) {
      ForEach([&]<int kSums>(size_t r, size_t c) {
        if (c == 0) LoadTile<4>(a + r * a_tile + 2 * k, a_bytes);
        LoadTile<5>(column(c) + k * b_bytes / sizeof(uint16_t), b_bytes);
        MultiplyTiles<kSums, 4, 5>();
      });
    }
    if (k == depth) return;
    ForEach([&]<int kSums>(size_t r, size_t c) {
      if (c == 0) LoadTile<6>(a + r * a_tile + 2 * k, a_bytes);
      LoadTile<7>(column(c) + k * b_bytes / sizeof(uint16_t), b_bytes);
      MultiplyTiles<kSums, 6, 7>();
    });
  }
};

// Inside a TileSession of depth job.words.
struct TileProducts {
  static constexpr size_t kMostRows = 2 * kTileSide;
  static constexpr size_t kKeyStep = 2 * kTileSide;  // whole tiles of pairs, along the values too

  static void Scores(const HeadJob<uint16_t>& job, const TilePlace& place) {
    const uint16_t* queries = job.queries + place.query * job.query_pitch;
    size_t query_pitch = job.query_pitch;
    if (place.rows % kTileSide != 0) {  // a tile reads 16
      for (size_t r = 0; r < place.rows; ++r) {
        std::copy_n(queries + r * query_pitch, 2 * job.words, job.few_queries + r * 2 * job.words);
      }
      queries = job.few_queries;
      query_pitch = 2 * job.words;
    }
    place.rows > kTileSide ? ScoresOf<2>(job, place, queries, query_pitch)
                           : ScoresOf<1>(job, place, queries, query_pitch);
  }

  static void Values(const HeadJob<uint16_t>& job, const TilePlace& place, const float* factors,
                     float* results) {
    if (factors != nullptr) Scale(job, place.rows, factors, results);
    place.rows > kTileSide ? ValuesOf<2>(job, place, factors != nullptr, results)
                           : ValuesOf<1>(job, place, factors != nullptr, results);
  }

 private:
  template <size_t kRowTiles>
  static void ScoresOf(const HeadJob<uint16_t>& job, const TilePlace& place,
                       const uint16_t* queries, size_t query_pitch) {
    constexpr size_t kMostColumns = TileGrid<kRowTiles>::kMostColumns;
    const size_t panel = PanelKeys();
    for (size_t j = 0; j < place.width; j += kMostColumns * kTileSide) {
      const TileGrid<kRowTiles> grid{std::min(kMostColumns, (place.width - j) / kTileSide)};
      const auto keys = [&](size_t c) {
        const size_t key = place.first + j + c * kTileSide;
        return job.keys + (key / panel * panel * job.words + key % panel) * 2;
      };
      grid.Zero();
      grid.Accumulate(queries, query_pitch * sizeof(uint16_t), keys, panel * sizeof(float),
                      job.words);
      grid.Store(job.scores + j, kScorePitch);
    }
  }

  template <size_t kRowTiles>
  static void ValuesOf(const HeadJob<uint16_t>& job, const TilePlace& place, bool adds,
                       float* results) {
    constexpr size_t kMostColumns = TileGrid<kRowTiles>::kMostColumns;
    const uint16_t* values = job.values + place.first * job.pitch;
    for (size_t i = 0; i < job.pitch; i += kMostColumns * kTileSide) {
      const TileGrid<kRowTiles> grid{std::min(kMostColumns, (job.pitch - i) / kTileSide)};
      adds ? grid.Load(results + i, job.pitch) : grid.Zero();
      grid.Accumulate(
          job.weights, kScorePitch * sizeof(uint16_t),
          [&](size_t c) { return values + 2 * (i + c * kTileSide); }, job.pitch * sizeof(float),
          place.width / 2);
      grid.Store(results + i, job.pitch);
    }
  }

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
