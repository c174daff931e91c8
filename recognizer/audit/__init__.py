"""The audit log: sign-ins, and changes of roles, tokens, models, data and admin pages."""
