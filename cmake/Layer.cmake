# llmembed_layer(NAME [DEPS layer...] [LIBS library...] [TEST_LIBS library...] [ONCE_A_JOB]
#                [MUCH_JSON] [FILE_BY_FILE])
#
# One folder of src/llmembed as one static library `llmembed_NAME`, from every .cc in it (and in
# its subfolders), and one test program `NAME_tests` from every *_test.cc beside the code:
# a test is built and run because it exists, there is no list to forget it in.
#
# ONCE_A_JOB: what it does takes no time worth speaking of beside the layers it calls. A release is
# then built with -O1, which halves the time of files full of templates and changes nothing else.
#
# MUCH_JSON: most of its files read or write JSON. A release, which is built once, reads that header
# once for all of them; other builds leave it to ccache.
#
# A release, which is built once, compiles eight files as one: their headers and templates are gone
# through once. So names in anonymous namespaces have to differ within a layer. FILE_BY_FILE: not
# this layer.
function(llmembed_layer name)
  cmake_parse_arguments(ARG "ONCE_A_JOB;MUCH_JSON;FILE_BY_FILE" "" "DEPS;LIBS;TEST_LIBS" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/llmembed/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${folder}/*_test.cc)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  if(NOT sources)
    message(STATUS "layer ${name}: no source files in ${folder}")
    return()
  endif()

  add_library(llmembed_${name} STATIC ${sources})
  target_include_directories(llmembed_${name} PUBLIC
    ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src/llmembed)
  list(TRANSFORM ARG_DEPS PREPEND llmembed_)
  target_link_libraries(llmembed_${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS}
                                         PRIVATE llmembed_options)
  if(ARG_ONCE_A_JOB)
    target_compile_options(llmembed_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(ARG_MUCH_JSON AND CMAKE_BUILD_TYPE STREQUAL "Release")
    target_precompile_headers(llmembed_${name} PRIVATE <nlohmann/json.hpp>)
  endif()
  if(NOT ARG_FILE_BY_FILE AND CMAKE_BUILD_TYPE STREQUAL "Release")
    set_target_properties(llmembed_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  set_property(GLOBAL APPEND PROPERTY LLMEMBED_LAYERS llmembed_${name})

  if(LLMEMBED_BUILD_TESTS AND tests)
    add_executable(${name}_tests ${tests})
    target_include_directories(${name}_tests PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_libraries(${name}_tests PRIVATE llmembed_${name} llmembed_options
                                                GTest::gmock GTest::gtest_main
                                                ${ARG_TEST_LIBS})
    target_compile_definitions(${name}_tests PRIVATE
      LLMEMBED_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    gtest_discover_tests(${name}_tests TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS ${name})
  endif()
endfunction()
