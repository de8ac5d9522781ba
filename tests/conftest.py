"""What all tests share: none of them fails because the machine has much to do."""

from hypothesis import HealthCheck, settings

# An example that took 300 ms once says that others were at work, not that the code is slow.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
