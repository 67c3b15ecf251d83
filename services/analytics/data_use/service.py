from services.analytics.data_use.rules import DataUsePolicy, Use, use_under
from services.analytics.settings import AnalyticsSettings
from shared.access.purposes import DataUse
from shared.units import Unit

_POLICY = """select version, purposes, n_min from analytics.fact_data_use_policies
             where district_id = $1 and id = $1"""


async def use_of(unit: Unit, settings: AnalyticsSettings, what: str, purpose: DataUse | None) -> Use:
    """Give the terms under which numbers are answered, by our copy of the district's policy; note what for."""
    row = await unit.connection.fetchrow(_POLICY, unit.district_id)
    policy = DataUsePolicy(row["version"], row["purposes"], row["n_min"]) if row else None
    use = use_under(policy, purpose, settings.n_min)
    if purpose is not None:
        unit.audit("measure.asked", "measures", what=what, purpose=purpose.value, policy_version=use.policy_version)
    return use
