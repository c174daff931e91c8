"""The launcher of `make run`: all processes of the site on one machine.

It prepares the state directory and the database, runs the processes under supervisord and prints
restarts and errors.
"""
