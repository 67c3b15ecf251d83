pytest_plugins = ["shared.testing.servers", "shared.testing.stack"]
