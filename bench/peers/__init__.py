"""Servers to compare with: Flask under gunicorn, with the same model in each process."""
