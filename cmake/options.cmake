# Compile and link options that every room shares.
add_library(millrace_options INTERFACE)
target_include_directories(millrace_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
target_compile_options(millrace_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       -Woverloaded-virtual -Wno-missing-field-initializers)
if(MILLRACE_WERROR)
  target_compile_options(millrace_options INTERFACE -Werror)
endif()
# Asio's separate compilation would put it in one library; header-only with a precompiled header is simpler.
target_compile_definitions(millrace_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
                           MILLRACE_VERSION="${PROJECT_VERSION}"
                           # What Asio allocates needs no more alignment than new gives, and memalign costs five times as much.
                           $<$<CONFIG:Release>:BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC> $<$<CONFIG:Release>:BOOST_ASIO_DISABLE_BOOST_ALIGN>)
target_link_libraries(millrace_options INTERFACE Threads::Threads Boost::headers fmt::fmt tl::expected)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside Asio's and libstdc++'s coroutine frames, wrongly, once it inlines.
  target_compile_options(millrace_options INTERFACE -fcoroutines -Wno-mismatched-new-delete -Wno-maybe-uninitialized
                         -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict -Wno-dangling-pointer)
endif()

if(MILLRACE_SANITIZE)
  target_compile_options(millrace_options INTERFACE -fsanitize=${MILLRACE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(millrace_options INTERFACE -fsanitize=${MILLRACE_SANITIZE})
endif()
if(MILLRACE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(millrace_options INTERFACE -Wno-tsan)
endif()

find_program(MOLD mold)
if(MOLD AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  target_link_options(millrace_options INTERFACE -fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(millrace_options INTERFACE -fpch-preprocess)
endif()

add_library(millrace_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
target_link_libraries(millrace_pch PUBLIC millrace_options)
if(MILLRACE_PCH)
  target_precompile_headers(millrace_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
endif()
