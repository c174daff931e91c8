"""E-mail: an outbox table, its delivery by the maintenance process, and links in mails."""
