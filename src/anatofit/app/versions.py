"""Which software made a pack: our own version, Python's, and those of the libraries that shape geometry or bytes."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import anatofit

_LIBRARIES = (
    "numpy", "scipy", "SimpleITK", "vtk", "scikit-image", "manifold3d", "trimesh", "edt", "fast-simplification",
    "lib3mf", "pydicom", "pylibjpeg", "pydantic",
)  # fmt: skip


def versions(device: str | None = None) -> dict[str, str]:
    """Name to version; a library that is not installed is left out. device: the package of a stranger's product line counts too."""
    found = {"anatofit": anatofit.__version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | (_package(device) if device is not None else {})


def _package(device: str) -> dict[str, str]:
    from anatofit.devices.registry import package_of

    package = package_of(device)
    return {} if package is None else {package.name: package.version}
