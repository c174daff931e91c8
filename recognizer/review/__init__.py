"""From claims to truths: events, the rule, the queue of reviewers, their records, hidden gold."""
