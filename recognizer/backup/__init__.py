"""Backup and restore of a whole site: all rows, the files that they name, and the secret key."""
