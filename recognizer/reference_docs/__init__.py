"""Generated tables of the documentation. `manage.py write_docs` writes them."""
