"""One file for each network; each module names its builder in `build`."""
