"""What every test may ask for: the cast, the servers, the data; and no silent skips on CI."""

pytest_plugins = [
    "tests.fixtures.cast",
    "tests.fixtures.data",
    "tests.fixtures.deadlines",
    "tests.fixtures.figures",
    "tests.fixtures.kinds",
    "tests.fixtures.servers",
    "tests.fixtures.site",
    "tests.fixtures.skips",
]
