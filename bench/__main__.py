"""`make bench`: the load of bench.load."""

from bench.load import main

main()
