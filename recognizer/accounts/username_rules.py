"""Rules of usernames: one spelling per name, and no name that imitates another.

Names are compared by `username_key`, in which case, width and composed letters do not matter. The
scripts are those that UAX #31 recommends for identifiers. `imitation_key` follows the skeleton of
UTS #39, with the letters that look like Latin ones in a name of one script.
"""

import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError

MAX_USERNAME_LENGTH: Final = 150
MAX_KEY_LENGTH: Final = 3 * MAX_USERNAME_LENGTH
"""The longest result of case folding: three characters for one."""
PUNCTUATION: Final = "._-+"
_SCRIPTS = """
LATIN CYRILLIC GREEK ARMENIAN GEORGIAN HEBREW ARABIC THAANA ETHIOPIC DEVANAGARI BENGALI GURMUKHI
GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM SINHALA THAI LAO TIBETAN MYANMAR KHMER HANGUL BOPOMOFO
CJK HIRAGANA KATAKANA
"""
SCRIPTS: Final = frozenset(_SCRIPTS.split())
SCRIPT_SETS: Final = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts that one language uses together."""
SCRIPT_ALIASES: Final = {
    "IDEOGRAPHIC": "CJK",
    "KATAKANA-HIRAGANA": "KATAKANA",
    "ARABIC-INDIC": "ARABIC",
    "EXTENDED": "ARABIC",
}
INVISIBLE_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_RESERVED_NAMES = """
admin admins administrator root system sysadmin superuser moderator reviewer staff support help
helpdesk service security abuse postmaster webmaster hostmaster mailer noreply official digitsite
anonymous guest operator sysop админ адмін администратор адміністратор модератор поддержка
管理员 管理員 管理者 관리자 运营者
"""
RESERVED_NAMES: Final = frozenset(_RESERVED_NAMES.split())
RESERVED_PARTS: Final = (
    "admin",
    "digitsite",
    "moderator",
    "official",
    "postmaster",
    "security",
    "superuser",
    "support",
    "webmaster",
)
"""Words that no name of a sign-up may begin or end with, as in `theadmin` and `supportteam`."""
LOOKALIKES: Final = str.maketrans(
    "авсԁеғһніјкӏмпорԛгѕтцѵԝхуиαβϲδεηικνμορστυχωγοսոհցքյզі0134578ıɩɪǀ|lɑɡ",
    "abcdefhnijklmnopqrstuvwxyuabcdeniknmopotuxwyouohggjqioieastbiiiiiiag",
)
LETTER_WITH_BASE: Final = re.compile(
    r"LATIN (?:SMALL |CAPITAL )?LETTER "
    r"(?:SMALL CAPITAL |DOTLESS |SCRIPT |TURNED |REVERSED )?([A-Z])\b"
)
REFUSED: Final = (
    "Enter a name of letters and digits of one script, without blanks. It may also contain"
    " . _ - and +."
)
RESERVED: Final = "This name is reserved, or looks like a reserved one. Choose another name."
TOO_LONG: Final = f"Enter a name of at most {MAX_USERNAME_LENGTH} characters."


def username_key(username: str) -> str:
    """Return the form of a name that is the same for all its spellings."""
    composed = unicodedata.normalize("NFKC", username)
    return unicodedata.normalize("NFKC", composed.casefold())


def validate_username(username: str) -> None:
    """Validate a name that an administrator or a user chooses. Raises ValidationError.

    An administrator may give a reserved name in its usual spelling only.
    """
    name = unicodedata.normalize("NFKC", username)
    if len(name) > MAX_USERNAME_LENGTH:
        raise ValidationError(TOO_LONG, code="max_length")
    if not _is_of_one_script(name):
        raise ValidationError(REFUSED, code="invalid_username")
    key = username_key(name)
    if key not in RESERVED_NAMES and imitation_key(name) in _RESERVED_KEYS:
        raise ValidationError(RESERVED, code="reserved_username")


def validate_public_username(username: str) -> None:
    """Validate the name of a sign-up: no word of it may be reserved. Raises ValidationError."""
    validate_username(username)
    name = unicodedata.normalize("NFKC", username)
    words = [name, *re.split(r"[._+-]", name)]
    without_digits = [word.rstrip("0123456789") for word in words]
    whole = imitation_key(name)
    if (
        any(imitation_key(word) in _RESERVED_KEYS for word in words + without_digits)
        or whole.startswith(_RESERVED_PART_KEYS)
        or whole.endswith(_RESERVED_PART_KEYS)
    ):
        raise ValidationError(RESERVED, code="reserved_username")


def suggest_username(wanted: str) -> str:
    """Return a valid public name that resembles `wanted`, for example of a provider's user."""
    name = unicodedata.normalize("NFKC", wanted.partition("@")[0])[: MAX_USERNAME_LENGTH - 10]
    kept = "".join(letter for letter in name if letter.isalnum() or letter in PUNCTUATION)
    try:
        validate_public_username(kept)
    except ValidationError:
        return "user"
    return kept


def imitation_key(name: str) -> str:
    """Return a name in Latin letters that look like its own, without punctuation and accents."""
    letters = unicodedata.normalize("NFKD", username_key(name))
    latin = "".join(map(_look_like_latin, letters))
    return latin.replace("rn", "m").replace("vv", "w")


def _look_like_latin(letter: str) -> str:
    found = letter.translate(LOOKALIKES)
    if found != letter or letter.isascii():
        return found if found.isalnum() else ""
    if unicodedata.category(letter).startswith("M"):
        return ""
    base = LETTER_WITH_BASE.match(unicodedata.name(letter, ""))
    return base[1].lower().translate(LOOKALIKES) if base else letter


def _is_of_one_script(name: str) -> bool:
    """Whether all letters, marks and digits are of one script, besides ASCII digits."""
    if not any(letter.isalnum() for letter in name):
        return False
    scripts = set()
    for index, letter in enumerate(name):
        if letter in PUNCTUATION or (letter.isascii() and letter.isdigit()):
            continue
        category = unicodedata.category(letter)
        is_mark = category in ("Mn", "Mc") and index > 0
        if letter in INVISIBLE_LETTERS or not (category[0] == "L" or category == "Nd" or is_mark):
            return False
        word = unicodedata.name(letter, "").partition(" ")[0]
        scripts.add(SCRIPT_ALIASES.get(word, word))
    is_single = len(scripts) <= 1 or any(scripts <= together for together in SCRIPT_SETS)
    return is_single and scripts <= SCRIPTS


_RESERVED_KEYS: Final = frozenset(map(imitation_key, RESERVED_NAMES))
_RESERVED_PART_KEYS: Final = tuple(map(imitation_key, RESERVED_PARTS))
