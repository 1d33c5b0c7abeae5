# llmembed_layer(NAME [DEPS layer...] [LIBS library...] [TEST_LIBS library...] [ONCE_A_JOB]
#                [MUCH_JSON] [FILE_BY_FILE])
#
# One folder of src/llmembed as one static library `llmembed_NAME`, from every .cc in it (and in
# its subfolders), and one test program `NAME_tests` from every *_test.cc beside the code:
# a test is built and run because it exists, there is no list to forget it in.
#
# ONCE_A_JOB: what it does takes no time worth speaking of beside the layers it calls. It is then
# built with -O1, which halves the time of files full of templates and changes nothing else.
#
# With LLMEMBED_BUILD_ONCE, as for a release, eight files are compiled as one: their headers and
# templates are gone through once. So names in anonymous namespaces have to differ within a layer.
# FILE_BY_FILE: not this layer. MUCH_JSON: most of its files read or write JSON, whose header is then
# read once for all of them. Other builds leave it to ccache.
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
    target_compile_options(llmembed_${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O1>)
  endif()
  if(ARG_MUCH_JSON AND LLMEMBED_BUILD_ONCE)
    target_precompile_headers(llmembed_${name} PRIVATE <nlohmann/json.hpp>)
  endif()
  if(NOT ARG_FILE_BY_FILE AND LLMEMBED_BUILD_ONCE)
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
    llmembed_build_test_quickly(${name}_tests)
    gtest_discover_tests(${name}_tests TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS ${name})
  endif()
endfunction()

# A test's own code takes no time worth speaking of. The headers of the test library are parsed once
# for all test programs, which therefore have the same flags: those of OpenMP, that some need, too.
function(llmembed_build_test_quickly program)
  set(headers llmembed_test_headers)
  # With -O1 gcc 12 sees overflows in std::string's own code.
  set(flags -O1 -fopenmp $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow>)
  if(NOT TARGET ${headers})
    file(CONFIGURE OUTPUT ${headers}.cc CONTENT "")
    add_library(${headers} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${headers}.cc)
    set_target_properties(${headers} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${headers} PRIVATE -fPIE ${flags})
    target_link_libraries(${headers} PRIVATE GTest::gmock GTest::gtest llmembed_options)
    target_precompile_headers(${headers} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_compile_options(${program} PRIVATE ${flags})
  target_precompile_headers(${program} REUSE_FROM ${headers})
endfunction()
