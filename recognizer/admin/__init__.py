"""The admin pages, one file a subject; importing this registers all of them."""

from recognizer.admin import accounts, drawings, networks, reviews, schedule

__all__ = ["accounts", "drawings", "networks", "reviews", "schedule"]
