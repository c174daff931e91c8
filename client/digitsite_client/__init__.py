"""Python client of a Digitsite: draw, wait, label, export."""

from digitsite_client.calls import Drawing, Problem
from digitsite_client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client", "Drawing", "Problem"]
