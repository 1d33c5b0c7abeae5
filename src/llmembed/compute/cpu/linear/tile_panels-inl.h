// The product of two packed panels, which is where a product of f32 by AMX spends its time.
// Included once per instruction set; there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_LINEAR_TILE_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_LINEAR_TILE_PANELS_INL_H_
#undef LLMEMBED_COMPUTE_CPU_LINEAR_TILE_PANELS_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_LINEAR_TILE_PANELS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "compute/cpu/linear/split_panels.h"
#include "compute/cpu/tiles-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

// Tile `kTo` is the first or second one of a part.
template <int kTo>
HWY_INLINE void LoadPart(const uint16_t* step, size_t part, size_t which) {
  LoadTile<kTo>(step + (2 * part + which) * kTile, kSide * sizeof(float));
}

// Brings packed numbers that are needed later into the L2 cache, a line with every product of two
// tiles: in a burst they would hold up the loads of tiles.
class Ahead {
 public:
  explicit Ahead(const uint16_t* packed) : packed_(reinterpret_cast<const char*>(packed)) {}
  HWY_INLINE void Next() {
    _mm_prefetch(packed_, _MM_HINT_T1);
    packed_ += 64;
  }

 private:
  const char* packed_;
};

template <int kSums, int kA, int kB>
HWY_INLINE void MultiplyAhead(Ahead* ahead) {
  MultiplyTiles<kSums, kA, kB>();
  ahead->Next();
}

// The four products of tiles 4 and 5 with 6 and 7. A tile is loaded as soon as its last product is
// on its way, so that the next one does not wait for it: the next part of B, or of A.
HWY_INLINE void MultiplyThenLoadB(const uint16_t* b, size_t part, Ahead* ahead) {
  part = kPlaceInB[part];
  MultiplyAhead<0, 4, 6>(ahead);
  MultiplyAhead<2, 5, 6>(ahead);
  LoadPart<6>(b, part, 0);
  MultiplyAhead<1, 4, 7>(ahead);
  MultiplyAhead<3, 5, 7>(ahead);
  LoadPart<7>(b, part, 1);
}
HWY_INLINE void MultiplyThenLoadA(const uint16_t* a, size_t part, Ahead* ahead) {
  part = kPlaceInA[part];
  MultiplyAhead<0, 4, 6>(ahead);
  MultiplyAhead<1, 4, 7>(ahead);
  LoadPart<4>(a, part, 0);
  MultiplyAhead<2, 5, 6>(ahead);
  MultiplyAhead<3, 5, 7>(ahead);
  LoadPart<5>(a, part, 1);
}

// Adds the product of two panels to the sums. Reads one step behind their ends.
HWY_INLINE void MultiplyPanels(const uint16_t* a, const uint16_t* b, size_t depth, Ahead ahead) {
  LoadPart<4>(a, kPlaceInA[0], 0);
  LoadPart<5>(a, kPlaceInA[0], 1);
  LoadPart<6>(b, kPlaceInB[2], 0);
  LoadPart<7>(b, kPlaceInB[2], 1);
  for (size_t step = 0; step < depth; step += kStep) {
    MultiplyThenLoadB(b, 1, &ahead);
    MultiplyThenLoadB(b, 0, &ahead);
    MultiplyThenLoadA(a, 2, &ahead);
    MultiplyThenLoadA(a, 1, &ahead);
    MultiplyThenLoadB(b, 1, &ahead);
    a += kStepSize;
    b += kStepSize;
    MultiplyAhead<0, 4, 6>(&ahead);
    MultiplyAhead<1, 4, 7>(&ahead);
    LoadPart<4>(a, kPlaceInA[0], 0);
    MultiplyAhead<2, 5, 6>(&ahead);
    LoadPart<6>(b, kPlaceInB[2], 0);
    MultiplyAhead<3, 5, 7>(&ahead);
    LoadPart<5>(a, kPlaceInA[0], 1);
    LoadPart<7>(b, kPlaceInB[2], 1);
  }
}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
