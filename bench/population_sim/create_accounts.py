"""Accounts with API tokens for a simulation.

`python -m bench.population_sim.create_accounts NAME:ROLE …` creates users that consented to
training and prints their tokens as JSON. The sign-up page is limited to a few accounts a minute and
address, so accounts are created in the database.
"""

from __future__ import annotations

import json
import os
import sys


def create_accounts(names_and_roles: list[str]) -> dict[str, str]:
    """Create users; return a token for each name. The role may be empty."""
    from recognizer.accounts.api_tokens import create_token
    from recognizer.accounts.roles import grant_role
    from recognizer.accounts.training_consent import set_teaching_consent
    from recognizer.models import User

    tokens = {}
    for name, _, role in (one.partition(":") for one in names_and_roles):
        user = User.objects.create(username=name)
        set_teaching_consent(user=user, may_teach=True)
        if role:
            grant_role(user=user, role=role)
        tokens[name] = create_token(user=user, name="bench").key
    return tokens


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django

    django.setup()
    print(json.dumps(create_accounts(sys.argv[1:])))
