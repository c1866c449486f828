# Makes a project's own shared libraries static ones, for programs that take no other (`builders/cmake.py`); modules, which
# programs open themselves, stay what they are. A command that is defined anew has its old self under the name with an
# underscore, once (cmake-commands(7), function; vcpkg's toolchain file does the same), hence the property. The archive gets
# a folder of its own: many projects build the same library statically, too, under the same name. 2026-11-22.
get_property(done GLOBAL PROPERTY EVERYLINUX_STATIC_LIBRARIES)
if(NOT done)
  set_property(GLOBAL PROPERTY EVERYLINUX_STATIC_LIBRARIES TRUE)
  function(add_library name)
    set(BUILD_SHARED_LIBS OFF)
    set(arguments ${ARGN})
    set(kind "")
    if(arguments)
      list(GET arguments 0 kind)
    endif()
    if(kind STREQUAL "SHARED" AND NOT "IMPORTED" IN_LIST arguments)
      list(REMOVE_AT arguments 0)
      _add_library(${name} STATIC ${arguments})
      set_target_properties(${name} PROPERTIES
        ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${name}.static" POSITION_INDEPENDENT_CODE ON)
    else()
      _add_library(${name} ${ARGN})
    endif()
  endfunction()
endif()
