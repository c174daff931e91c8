"""`python -m bench.loop.accounts NAME:ROLE …`: makes accounts that agreed to teach, prints their
tokens as JSON. Signing up on the page is limited to a few a minute and address.
"""

from __future__ import annotations

import json
import os
import sys


def make_accounts(wanted: list[str]) -> dict[str, str]:
    """A token for each name; the role may be empty."""
    from recognizer.accounts import change_consent, grant_role, make_token
    from recognizer.models import User

    tokens = {}
    for name, _, role in (one.partition(":") for one in wanted):
        user = User.objects.create(username=name)
        change_consent(user=user, may_teach=True)
        if role:
            grant_role(user=user, role=role)
        tokens[name] = make_token(user=user, name="bench").key
    return tokens


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django

    django.setup()
    print(json.dumps(make_accounts(sys.argv[1:])))
