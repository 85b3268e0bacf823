# Wire shapes are generated at build time from model/<service>.json (docs/design/0004-wire-shapes.md).
#   millrace_shapes(dynamodb)                                  # sets SHAPES_dynamodb
#   millrace_room(services/dynamodb ... GENERATED ${SHAPES_dynamodb})
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(GLOB MILLRACE_SHAPE_TOOLS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/shapes/*.py)
list(APPEND MILLRACE_SHAPE_TOOLS ${CMAKE_SOURCE_DIR}/tools/generate_shapes.py)

# MODEL: another model file than model/<service>.json. ALL: codecs for every operation, not only those in the table.
function(millrace_shapes service)
  cmake_parse_arguments(SHAPES "ALL" "MODEL" "" ${ARGN})
  set(model ${CMAKE_SOURCE_DIR}/model/${service}.json)
  if(SHAPES_MODEL)
    set(model ${SHAPES_MODEL})
  endif()
  get_filename_component(folder ${model} DIRECTORY)
  set(table ${CMAKE_SOURCE_DIR}/src/services/${service}/operations.cc)
  set(out ${CMAKE_BINARY_DIR}/generated/shapes)
  set(command ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_shapes.py --model ${model} --out ${out})
  set(inputs ${model} ${MILLRACE_SHAPE_TOOLS})
  file(GLOB quirks CONFIGURE_DEPENDS ${folder}/quirks/${service}.json)
  list(APPEND inputs ${quirks})
  if(SHAPES_ALL)
    list(APPEND command --all)
  else()
    file(GLOB tables CONFIGURE_DEPENDS ${table})
    list(APPEND inputs ${tables})
    list(APPEND command --operations ${table})
  endif()

  # Which sources there will be depends on the table and the generator, so either of them brings CMake back here.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  execute_process(COMMAND ${command} --list OUTPUT_VARIABLE sources COMMAND_ERROR_IS_FATAL ANY)
  set(stamp ${out}/${service}.stamp)
  add_custom_command(OUTPUT ${stamp} BYPRODUCTS ${sources} COMMAND ${command} COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
                     DEPENDS ${inputs} COMMENT "Shapes of ${service}" VERBATIM)
  set_source_files_properties(${sources} PROPERTIES GENERATED TRUE)
  if(NOT TARGET generated_shapes)  # what a tool needs that reads the sources without building them
    add_custom_target(generated_shapes)
  endif()
  add_custom_target(generated_shapes_${service} DEPENDS ${stamp})
  add_dependencies(generated_shapes generated_shapes_${service})
  set(SHAPES_${service} ${sources} ${stamp} PARENT_SCOPE)
endfunction()
