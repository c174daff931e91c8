"""Fixtures of all tests: users, servers and data. On CI no skip passes silently."""

pytest_plugins = [
    "tests.fixtures.users",
    "tests.fixtures.datasets",
    "tests.fixtures.deadlines",
    "tests.fixtures.garbage_collection",
    "tests.fixtures.markers",
    "tests.fixtures.metrics",
    "tests.fixtures.migrated_database",
    "tests.fixtures.rate_limits",
    "tests.fixtures.servers",
    "tests.fixtures.single_sign_on",
    "tests.fixtures.site_identity",
    "tests.fixtures.live_site",
    "tests.fixtures.skip_policy",
    "tests.fixtures.file_order",
]
