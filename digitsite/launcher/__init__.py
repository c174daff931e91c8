"""`make run`: one machine, every process of the site, nothing left behind.

Prepares the home and the database, keeps the processes alive under supervisord, and tells the
person at the console what happens.
"""
