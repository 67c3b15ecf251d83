from hypothesis import HealthCheck, settings

pytest_plugins = ["shared.testing.servers", "shared.testing.stack"]

# A busy machine is no fault of the code: how long an example takes is measured by `make bench`, never here.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
