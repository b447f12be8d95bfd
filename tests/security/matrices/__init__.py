"""Tables of the access matrix that stand beside `tests.security.matrix`, one module per namespace.

Each module is named after its namespace and gives TABLE (as in `matrix.TABLES`), ARGUMENTS (page →
function of the world) and, when needed, WRITERS. What its pages show is made by its ARGUMENTS, in
the database of the test, once per world.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

MODULES: dict[str, ModuleType] = {
    found.name: import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)
}
