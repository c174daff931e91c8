"""What a released network does with one drawing: the maps of each layer, what moved the decision,
what would change it, and the nearest drawings of those it learnt from. Needs torch; knows no web.
"""
