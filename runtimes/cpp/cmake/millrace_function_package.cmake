# millrace_function_package(TARGET): links the program statically, so that it runs wherever Linux runs (provided.al2023 has an older
# C library than most build machines), and packs it as "bootstrap" into TARGET.zip beside it: what CreateFunction takes.
function(millrace_function_package target)
  target_link_options(${target} PRIVATE -static)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.package)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:${target}> ${folder}/bootstrap
    COMMAND ${CMAKE_STRIP} ${folder}/bootstrap
    COMMAND ${CMAKE_COMMAND} -E chdir ${folder} ${CMAKE_COMMAND} -E tar cf ${CMAKE_CURRENT_BINARY_DIR}/${target}.zip --format=zip bootstrap
    BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/${target}.zip
    COMMENT "Packing ${target}.zip" VERBATIM)
endfunction()
