"""Webhooks: signed requests about events of the site, with retries and a log."""
