"""What every test may ask for: the cast, the servers, the data; and no silent skips on CI."""

pytest_plugins = [
    "tests.fixtures.users",
    "tests.fixtures.datasets",
    "tests.fixtures.deadlines",
    "tests.fixtures.markers",
    "tests.fixtures.metrics",
    "tests.fixtures.servers",
    "tests.fixtures.live_site",
    "tests.fixtures.skip_policy",
]
