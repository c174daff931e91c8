"""C code of the hot path, as a shared library. Python does the same without it, and is its
reference in the tests."""
