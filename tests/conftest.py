from hypothesis import HealthCheck, settings

from services.districts.clients import hashing

pytest_plugins = ["shared.testing.servers", "shared.testing.stack"]

# A busy machine is no fault of the code: how long an example takes is measured by `make bench`, never here.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
# Nearly every test makes a client and shows its secret: at full cost that would be a quarter of what all tests take.
hashing._N = 2**4
