"""Finds the handler that a function names: "module.function", "folder/module.function" or "package.module.function"."""

import importlib
import sys

from .errors import RuntimeFault


def load_handler(text):
    try:
        module_name, function_name = text.rsplit(".", 1)
    except ValueError as error:
        raise RuntimeFault("MalformedHandlerName", f"Bad handler '{text}': {error}") from None
    module_path = module_name.replace("/", ".")
    if module_path.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFault(
            "BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_path)
    except ImportError as error:
        raise RuntimeFault("ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {(error.text or "").rstrip()}\n'
        raise RuntimeFault(
            "UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", [where]
        ) from None
    try:
        handler = getattr(module, function_name)
    except AttributeError:
        raise RuntimeFault(
            "HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        ) from None
    if not callable(handler):
        raise RuntimeFault("HandlerNotFound", f"Handler '{function_name}' on module '{module_name}' is not callable")
    return handler
