// AMX's tiles: 16 rows of 64 bytes in registers, of which one is multiplied by another. Included
// once per instruction set; there is something in it for AVX-512 only. The process must have
// permission to use them, which oneDNN asks for.
#if defined(LLMEMBED_COMPUTE_CPU_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_TILES_INL_H_
#undef LLMEMBED_COMPUTE_CPU_TILES_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_TILES_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

constexpr size_t kTileSide = 16;  // rows of any tile; words of a row

// As the CPU reads and writes it.
struct alignas(64) TileConfig {
  uint8_t palette = 0;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

// Sets the shapes of the tiles; afterwards they are what they were. All tiles are whole, but with a
// `depth` in words that is no multiple of a tile's the rest of it is the words of tile 6 and the
// rows of tile 7.
class TileSession {
 public:
  explicit TileSession(size_t depth = kTileSide) {
    asm volatile("sttilecfg %0" : "=m"(before_));
    TileConfig config;
    config.palette = 1;
    for (size_t tile = 0; tile < 8; ++tile) {
      config.row_bytes[tile] = kTileSide * sizeof(float);
      config.rows[tile] = kTileSide;
    }
    if (const size_t rest = depth % kTileSide; rest != 0) {
      config.row_bytes[6] = static_cast<uint16_t>(rest * sizeof(float));
      config.rows[7] = static_cast<uint8_t>(rest);
    }
    asm volatile("ldtilecfg %0" : : "m"(config));
  }
  ~TileSession() { asm volatile("ldtilecfg %0" : : "m"(before_)); }
  TileSession(const TileSession&) = delete;
  TileSession& operator=(const TileSession&) = delete;

 private:
  TileConfig before_;
};

template <int kTile>
HWY_INLINE void LoadTile(const void* from, size_t row_bytes) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2"
               :
               : "r"(from), "r"(row_bytes), "n"(kTile)
               : "memory");
}
// The same, without keeping the rows in the first-level cache: for what is read once, beside what
// is read again and again.
template <int kTile>
HWY_INLINE void LoadTileOnce(const void* from, size_t row_bytes) {
  asm volatile("tileloaddt1 (%0,%1,1), %%tmm%c2"
               :
               : "r"(from), "r"(row_bytes), "n"(kTile)
               : "memory");
}
template <int kTile>
HWY_INLINE void StoreTile(void* to, size_t row_bytes) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(row_bytes), "n"(kTile) : "memory");
}
template <int kTile>
HWY_INLINE void ZeroTile() {
  asm volatile("tilezero %%tmm%c0" : : "n"(kTile));
}
template <int kSums, int kA, int kB>
HWY_INLINE void MultiplyTiles() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "n"(kSums), "n"(kA), "n"(kB));
}

// The same of int8, signed both, to sums of int32.
template <int kSums, int kA, int kB>
HWY_INLINE void MultiplyInt8Tiles() {
  asm volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "n"(kSums), "n"(kA), "n"(kB));
}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
