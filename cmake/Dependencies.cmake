# Every third-party library, in one place; each is a Debian package (scripts/install_dependencies).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(dnnl CONFIG REQUIRED)
find_package(OpenMP REQUIRED)  # only to tell oneDNN how many threads it has
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
if(LLMEMBED_BUILD_TESTS)
  pkg_check_modules(SENTENCEPIECE REQUIRED IMPORTED_TARGET sentencepiece)  # judges our reading
endif()

set(LLMEMBED_BASE_LIBS Threads::Threads OpenSSL::Crypto nlohmann_json::nlohmann_json
                       PkgConfig::XXHASH)
set(LLMEMBED_COMPUTE_LIBS DNNL::dnnl PkgConfig::HWY OpenMP::OpenMP_CXX)
set(LLMEMBED_DATA_LIBS simdjson::simdjson ZLIB::ZLIB PkgConfig::ZSTD)
set(LLMEMBED_STORE_LIBS PkgConfig::LMDB)
set(LLMEMBED_HUB_LIBS CURL::libcurl LibArchive::LibArchive)
set(LLMEMBED_RECIPE_LIBS yaml-cpp)
set(LLMEMBED_TEXT_TEST_LIBS PkgConfig::SENTENCEPIECE)
