#include "lexical/sparse_logistic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace llmembed::lexical {
namespace {

// Fixed, not this machine's, so that sums over pieces come out the same everywhere.
constexpr uint64_t kPieceRows = 512;
constexpr uint64_t kColumnPieces = 128;
constexpr uint64_t kVector = 4;

// to += factor * from, `stride` values: 1 or whole vectors.
inline void AddScaled(float factor, const float* from, uint64_t stride, float* to) {
  if (stride == 1) {
    *to += factor * *from;
    return;
  }
  for (uint64_t k = 0; k < stride; k += kVector) {
    float sum[kVector];  // apart from both arrays, so that the compiler sees no overlap
    for (uint64_t i = 0; i < kVector; ++i) sum[i] = to[k + i] + factor * from[k + i];
    for (uint64_t i = 0; i < kVector; ++i) to[k + i] = sum[i];
  }
}

// Columns in pieces of like numbers of entries: where each begins, and the end.
std::vector<uint32_t> PiecesOfLikeWork(const SparseMatrix& columns) {
  const uint64_t work = columns.entries() + columns.rows();  // an empty column is visited too
  std::vector<uint32_t> pieces{0};
  for (uint64_t column = 0; column < columns.rows(); ++column) {
    const uint64_t done = columns.row_ends[column + 1] + column + 1;
    if (done * kColumnPieces >= work * pieces.size() || column + 1 == columns.rows()) {
      pieces.push_back(static_cast<uint32_t>(column + 1));
    }
  }
  return pieces;
}

// The loss of one logit, which becomes the probability of class 1.
double BinaryLoss(uint32_t label, float* logit) {
  const double value = *logit;
  const double margin = label == 1 ? value : -value;
  *logit = static_cast<float>(1.0 / (1.0 + std::exp(-value)));
  return std::max(-margin, 0.0) + std::log1p(std::exp(-std::abs(margin)));
}

// The loss of a row of logits, which become probabilities.
double SoftmaxLoss(uint32_t label, std::span<float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  const double own = logits[label];
  double sum = 0.0;
  for (float& value : logits) {
    const double exponential = std::exp(value - largest);
    sum += exponential;
    value = static_cast<float>(exponential);
  }
  for (float& value : logits) value = static_cast<float>(value / sum);
  return std::log(sum) + largest - own;
}

}  // namespace

SparseLogistic::SparseLogistic(const LogisticProblem& problem, base::ThreadPool* pool,
                               const RunContext& context)
    : rows_(problem.rows),
      columns_(rows_.Transposed()),
      column_pieces_(PiecesOfLikeWork(columns_)),
      labels_(problem.labels),
      outputs_(problem.kind == LossKind::kBinary ? 1 : problem.classes),
      stride_(outputs_ == 1 ? 1 : (outputs_ + kVector - 1) / kVector * kVector),
      penalty_(1.0 / (problem.c * static_cast<double>(rows_.rows()))),
      share_(static_cast<float>(1.0 / static_cast<double>(rows_.rows()))),
      pool_(pool),
      context_(context),
      probabilities_(rows_.rows() * stride_),
      residuals_(rows_.rows() * stride_) {}

Result<double> SparseLogistic::SumRows(const std::function<double(uint64_t row)>& body) {
  std::vector<double> sums((rows_.rows() + kPieceRows - 1) / kPieceRows, 0.0);
  LLMEMBED_RETURN_IF_ERROR(pool_->ParallelFor(sums.size(), [&](size_t piece, unsigned) {
    if (context_.IsCancelled()) return Status(StatusCode::kCancelled, "training was cancelled");
    const uint64_t end = std::min<uint64_t>((piece + 1) * kPieceRows, rows_.rows());
    for (uint64_t row = piece * kPieceRows; row < end; ++row) sums[piece] += body(row);
    return Status();
  }));
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

void SparseLogistic::AddLogits(std::span<const float> parameters, uint64_t row,
                               float* logits) const {
  const SparseRow entries = rows_.row(row);
  std::copy_n(parameters.data() + rows_.width * stride_, stride_, logits);
  for (size_t i = 0; i < entries.columns.size(); ++i) {
    AddScaled(entries.values[i], parameters.data() + entries.columns[i] * stride_, stride_, logits);
  }
}

Status SparseLogistic::MultiplyTransposed(Entries entries, std::span<float> sums) {
  const auto add_column = [&](uint64_t column) {
    const SparseRow its = columns_.row(column);
    float* sum = sums.data() + column * stride_;
    std::fill_n(sum, stride_, 0.0F);
    for (size_t i = 0; i < its.columns.size(); ++i) {
      const float value = its.values[i];
      const float factor = entries == Entries::kSquared ? value * value : value;
      AddScaled(factor, residuals_.data() + its.columns[i] * stride_, stride_, sum);
    }
  };
  LLMEMBED_RETURN_IF_ERROR(pool_->ParallelFor(column_pieces_.size() - 1, [&](size_t piece,
                                                                             unsigned) {
    if (context_.IsCancelled()) return Status(StatusCode::kCancelled, "training was cancelled");
    for (uint64_t column = column_pieces_[piece]; column < column_pieces_[piece + 1]; ++column) {
      add_column(column);
    }
    return Status();
  }));

  std::vector<double> biases(stride_, 0.0);
  for (uint64_t row = 0; row < rows_.rows(); ++row) {
    for (uint64_t k = 0; k < stride_; ++k) biases[k] += residuals_[row * stride_ + k];
  }
  std::copy(biases.begin(), biases.end(), sums.end() - static_cast<int64_t>(stride_));
  return Status();
}

void SparseLogistic::AddPenalty(std::span<const float> parameters, std::span<float> sums) const {
  const auto penalty = static_cast<float>(penalty_);
  for (uint64_t i = 0; i < rows_.width * stride_; ++i) sums[i] += penalty * parameters[i];
}

Result<double> SparseLogistic::MoveTo(std::span<const float> parameters) {
  LLMEMBED_ASSIGN_OR_RETURN(const double loss, SumRows([&](uint64_t row) {
                              float* logits = probabilities_.data() + row * stride_;
                              AddLogits(parameters, row, logits);
                              return outputs_ == 1 ? BinaryLoss(labels_[row], logits)
                                                   : SoftmaxLoss(labels_[row], {logits, outputs_});
                            }));
  double squares = 0.0;
  for (const float weight : parameters.first(rows_.width * stride_)) {
    squares += static_cast<double>(weight) * weight;
  }
  return loss / static_cast<double>(rows_.rows()) + 0.5 * penalty_ * squares;
}

Status SparseLogistic::Gradient(std::span<const float> parameters, std::span<float> gradient) {
  for (uint64_t i = 0; i < residuals_.size(); ++i) residuals_[i] = share_ * probabilities_[i];
  for (uint64_t row = 0; row < rows_.rows(); ++row) {
    if (outputs_ > 1) {
      residuals_[row * stride_ + labels_[row]] -= share_;
    } else if (labels_[row] == 1) {
      residuals_[row] -= share_;
    }
  }
  LLMEMBED_RETURN_IF_ERROR(MultiplyTransposed(Entries::kPlain, gradient));
  AddPenalty(parameters, gradient);
  return Status();
}

Status SparseLogistic::HessianProduct(std::span<const float> vector, std::span<float> product) {
  // A row's share of the Hessian is (diag(p) - p p^T), of the binary loss p (1 - p).
  const auto status = SumRows([&](uint64_t row) {
    const float* p = probabilities_.data() + row * stride_;
    float* change = residuals_.data() + row * stride_;
    AddLogits(vector, row, change);
    if (outputs_ == 1) {
      change[0] *= share_ * p[0] * (1.0F - p[0]);
      return 0.0;
    }
    float mean = 0.0F;
    for (uint64_t k = 0; k < stride_; ++k) mean += p[k] * change[k];
    for (uint64_t k = 0; k < stride_; ++k) change[k] = share_ * p[k] * (change[k] - mean);
    return 0.0;
  });
  if (!status.ok()) return status.status();
  LLMEMBED_RETURN_IF_ERROR(MultiplyTransposed(Entries::kPlain, product));
  AddPenalty(vector, product);
  return Status();
}

Status SparseLogistic::HessianDiagonal(std::span<float> diagonal) {
  for (uint64_t i = 0; i < residuals_.size(); ++i) {
    residuals_[i] = share_ * probabilities_[i] * (1.0F - probabilities_[i]);
  }
  LLMEMBED_RETURN_IF_ERROR(MultiplyTransposed(Entries::kSquared, diagonal));
  // To the biases as well, for all that nothing penalises them: a class may have become so certain
  // that nothing else is left.
  for (float& entry : diagonal) entry += static_cast<float>(penalty_);
  return Status();
}

}  // namespace llmembed::lexical
