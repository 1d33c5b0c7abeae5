// Runs a fuzz target over seeds and seeded mutations of them: the same inputs on every machine.
// (With clang, -fsanitize=fuzzer in place of this file searches further.)
//   TARGET ROUNDS SEED_FILE...
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using llmembed::base::Random;

// What parsers stumble over: ends of number ranges, quotes, line ends, ill-formed UTF-8.
constexpr const char* kTokens[] = {"\"",         "\"\"",  "\n",          "\r",   "\t",       ",",
                                   "{",          "}",     "[",           "]",    ":",        "\\u",
                                   "-1",         "1e999", "\xff",        "\xc3", "\xed\xa0", "\\",
                                   "4294967296", "##",    "\xef\xbb\xbf"};

uint32_t Place(Random* random, const std::string& input) {
  return random->Below(static_cast<uint32_t>(input.size()) + 1);
}

void MutateOnce(Random* random, const std::vector<std::string>& seeds, std::string* input) {
  const size_t begin = Place(random, *input);
  const size_t length = random->Below(16);
  switch (random->Below(6)) {
    case 0:
      if (begin < input->size()) {
        (*input)[begin] = static_cast<char>((*input)[begin] ^ (1U << random->Below(8)));
      }
      break;
    case 1:
      input->erase(begin, length);
      break;
    case 2:
      input->insert(begin, kTokens[random->Below(std::size(kTokens))]);
      break;
    case 3:
      input->insert(begin, input->substr(Place(random, *input), length));
      break;
    case 4:
      input->resize(begin);
      break;
    default: {
      const std::string& other = seeds[random->Below(static_cast<uint32_t>(seeds.size()))];
      input->replace(begin, length, other.substr(Place(random, other), length));
    }
  }
}

void Run(const std::string& input) {
  // A copy of exactly this size, so that a sanitizer sees a read behind it.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> seeds;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: cannot open\n", argv[i]);
      return 1;
    }
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) return 1;
  for (const std::string& seed : seeds) Run(seed);
  const long rounds = std::strtol(argv[1], nullptr, 10);
  Random random(1);
  for (long round = 0; round < rounds; ++round) {
    std::string input = seeds[random.Below(static_cast<uint32_t>(seeds.size()))];
    for (uint32_t left = 1 + random.Below(8); left > 0; --left) {
      MutateOnce(&random, seeds, &input);
    }
    Run(input);
  }
  return 0;
}
