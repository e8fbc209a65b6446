"""Mesh and field kernels that know no medicine; bridge.py is the one crossing to VTK and manifold3d."""
