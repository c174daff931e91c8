"""What people would write instead: Flask under gunicorn, the same network in each process."""
