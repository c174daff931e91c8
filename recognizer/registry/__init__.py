"""Versions of networks: their files, which of them serves and who said so, who has it ready."""

from recognizer.registry.files import (
    CannotFetch,
    CannotRegister,
    fetch_model,
    register_model,
)
from recognizer.registry.promoting import (
    CannotPromote,
    append_promotion,
    champion,
    list_standing,
    newest_promotion,
    promote_first_model,
    promote_model,
    roll_back,
)

__all__ = [
    "CannotFetch",
    "CannotPromote",
    "CannotRegister",
    "append_promotion",
    "champion",
    "fetch_model",
    "list_standing",
    "newest_promotion",
    "promote_first_model",
    "promote_model",
    "register_model",
    "roll_back",
]
