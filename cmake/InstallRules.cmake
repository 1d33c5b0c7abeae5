# The shared library libllmembed.so, made of the layers, and how a user's build finds it:
# find_package(llmembed) gives llmembed::llmembed, pkg-config gives llmembed. The target is named
# apart from the program, which is `llmembed` and does not need this library.
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY LLMEMBED_LAYERS)
list(TRANSFORM layers REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
add_library(llmembed_shared SHARED ${objects})
# For what the layers link; of their own archives nothing is left to take.
target_link_libraries(llmembed_shared PRIVATE ${layers})
target_compile_features(llmembed_shared INTERFACE cxx_std_20)
# Symbols are hidden unless marked; the map also hides instantiations of other libraries' templates.
set(exports ${CMAKE_CURRENT_LIST_DIR}/exports.map)
target_link_options(llmembed_shared PRIVATE LINKER:--version-script=${exports})
set_target_properties(llmembed_shared PROPERTIES
  OUTPUT_NAME llmembed
  EXPORT_NAME llmembed
  LINKER_LANGUAGE CXX
  LINK_DEPENDS ${exports}
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR})

install(TARGETS llmembed_shared EXPORT llmembed
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/llmembed DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/llmembed)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/llmembedConfig.cmake.in
  ${CMAKE_BINARY_DIR}/llmembedConfig.cmake INSTALL_DESTINATION ${package_folder})
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/llmembedConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT llmembed NAMESPACE llmembed:: FILE llmembedTargets.cmake
        DESTINATION ${package_folder})
install(FILES ${CMAKE_BINARY_DIR}/llmembedConfig.cmake
              ${CMAKE_BINARY_DIR}/llmembedConfigVersion.cmake
        DESTINATION ${package_folder})

# The .pc file names its prefix from where it lies, so the installed tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
           BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE prefix_from_pc)
configure_file(${CMAKE_CURRENT_LIST_DIR}/llmembed.pc.in ${CMAKE_BINARY_DIR}/llmembed.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/llmembed.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
