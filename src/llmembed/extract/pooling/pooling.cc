#include "extract/pooling/pooling.h"

namespace llmembed::extract {

PoolFunction PoolFunctionOf(fusion::Pooling pooling) {
  switch (pooling) {
    case fusion::Pooling::kMean:
      return PoolMean;
    case fusion::Pooling::kMax:
      return PoolMax;
    case fusion::Pooling::kMeanAll:
      return PoolMeanAll;
    case fusion::Pooling::kCls:
    case fusion::Pooling::kPooler:
      return PoolCls;
    case fusion::Pooling::kLast:
      return PoolLast;
  }
  return nullptr;
}

}  // namespace llmembed::extract
