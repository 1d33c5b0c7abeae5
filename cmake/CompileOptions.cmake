# Warnings and sanitizers, the same for every target.
add_library(llmembed_options INTERFACE)
target_compile_options(llmembed_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough
  # Members that a designated initialiser leaves out have defaults: that is what it is for.
  -Wno-missing-field-initializers
  # gcc 12 sees overlaps in std::string's own code (gcc bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(LLMEMBED_WERROR)
  target_compile_options(llmembed_options INTERFACE -Werror)
endif()
if(LLMEMBED_SANITIZE)
  add_compile_options(-fsanitize=${LLMEMBED_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LLMEMBED_SANITIZE})
endif()
if(LLMEMBED_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)  # counts what is reached; the targets link the rest
endif()

find_program(LLMEMBED_CCACHE ccache)
if(LLMEMBED_CCACHE)
  # What it has to be told of headers that are parsed once.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${LLMEMBED_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
