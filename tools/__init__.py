"""Scripts for development; no part of the site imports them."""
