# The CUDA backend: libllmembed_cuda.so, which a program loads when it is asked for. nvcc is called
# by rules of our own: CMake 3.25 knows neither nvcc 13's C++20 nor several of its architectures.
#   LLMEMBED_CUDA_ROOT           where nvcc, its headers and libraries are; "": found by itself
#                                (scripts/install_cuda puts them where that looks first)
#   LLMEMBED_CUDA_ARCHITECTURES  e.g. 80;89;90a
set(LLMEMBED_CUDA_ROOT "" CACHE PATH "Folder of the CUDA toolkit (with bin/nvcc)")
set(LLMEMBED_CUDA_ARCHITECTURES "80;89;90a" CACHE STRING "GPUs that kernels are compiled for")
set(LLMEMBED_CUBLAS_ROOT "" CACHE PATH "Folder of cuBLASLt (include/, lib/), if not the toolkit's")

find_program(LLMEMBED_NVCC nvcc REQUIRED
  HINTS ${LLMEMBED_CUDA_ROOT}/bin $ENV{HOME}/.cache/llmembed/cuda/nvidia/cu13/bin
        $ENV{CUDA_HOME}/bin /usr/local/cuda/bin)
file(REAL_PATH ${LLMEMBED_NVCC} nvcc_path)
cmake_path(GET nvcc_path PARENT_PATH nvcc_folder)
cmake_path(GET nvcc_folder PARENT_PATH cuda_root)
set(cuda_places ${LLMEMBED_CUBLAS_ROOT} ${cuda_root} ${cuda_root}/targets/x86_64-linux)
find_path(LLMEMBED_CUDA_INCLUDE cuda_runtime.h HINTS ${cuda_places} PATH_SUFFIXES include REQUIRED)
find_path(LLMEMBED_CUBLAS_INCLUDE cublasLt.h HINTS ${cuda_places} PATH_SUFFIXES include REQUIRED)
find_library(LLMEMBED_CUBLASLT NAMES cublasLt libcublasLt.so.13 libcublasLt.so.12 HINTS ${cuda_places}
             PATH_SUFFIXES lib lib64 REQUIRED)
find_library(LLMEMBED_CUDART cudart_static HINTS ${cuda_places} PATH_SUFFIXES lib lib64 REQUIRED)
find_package(Threads REQUIRED)

set(gencode "")
foreach(architecture ${LLMEMBED_CUDA_ARCHITECTURES})
  list(APPEND gencode -gencode=arch=compute_${architecture},code=sm_${architecture})
endforeach()

# llmembed_cuda_library(ROOT): the target llmembed_cuda out of the sources under ROOT.
function(llmembed_cuda_library root)
  set(sources ${root}/src/llmembed)
  file(GLOB kernels CONFIGURE_DEPENDS ${sources}/compute/cuda/device/*.cu)
  file(GLOB tests CONFIGURE_DEPENDS ${sources}/tensor/*_test.cc)
  file(GLOB tensor CONFIGURE_DEPENDS ${sources}/tensor/*.cc)
  list(REMOVE_ITEM tensor ${tests})
  set(objects "")
  foreach(kernel ${kernels})
    cmake_path(GET kernel STEM name)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/cuda
      COMMAND ${nvcc_path} -std=c++20 -O3 -DNDEBUG --expt-relaxed-constexpr -ccbin ${CMAKE_CXX_COMPILER}
              -I${root}/include -I${sources} -I${LLMEMBED_CUDA_INCLUDE} -I${LLMEMBED_CUBLAS_INCLUDE}
              ${gencode} -lineinfo -Xcompiler=-fPIC,-fvisibility=hidden,-Wall
              -MD -MF ${object}.d -c ${kernel} -o ${object}
      DEPENDS ${kernel} DEPFILE ${object}.d VERBATIM COMMENT "Compiling ${name}.cu")
    list(APPEND objects ${object})
  endforeach()
  # What the kernels' callers need of the layers below; the program that loads them has its own.
  add_library(llmembed_cuda SHARED ${objects} ${tensor}
    ${sources}/base/status.cc ${sources}/base/cpu.cc ${sources}/base/random.cc ${sources}/compute/math_type.cc
    ${sources}/compute/host_memory.cc ${sources}/compute/cuda/attention_plan.cc
    ${sources}/compute/cuda/memory_plan.cc)
  target_include_directories(llmembed_cuda PRIVATE ${root}/include ${sources})
  target_link_libraries(llmembed_cuda PRIVATE ${LLMEMBED_CUBLASLT} ${LLMEMBED_CUDART}
                                              Threads::Threads ${CMAKE_DL_LIBS} rt)
  set_target_properties(llmembed_cuda PROPERTIES
    LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
