"""The same as rules.py says, set by set: for a roster of a million people."""

from services.districts.rekeys.rules import EMAIL, KEYS, NAMES
from shared.database import Connection

PROPOSED = "rekeyed_people"
_COLUMNS = (*NAMES, *KEYS)


def gone_people(table: str = "gone_people") -> str:
    """Select the people of an import whose rows are to be archived (`id` alone is in the table)."""
    columns = ", ".join(f"p.{name}" for name in _COLUMNS)
    return f"""select p.id, p.sourced_id, {columns} from {table} g
               join districts.people p on p.district_id = :district and p.id = g.id"""


def new_people(table: str = "changed_people") -> str:
    """Select the people of an import who are new: nobody of the district has their sourcedId."""
    columns = ", ".join(f"c.{name}" for name in _COLUMNS)
    return f"select c.sourced_id, {columns} from {table} c where c.id is null and c.fault is null"


async def propose(connection: Connection, gone: str, new: str, district_id: object) -> int:
    """Make the temporary table `rekeyed_people` (id, old, new, keys) from two selects; give its number of rows.

    `gone` gives id and sourced_id, `new` gives sourced_id, both what rules.py goes by. `:district` may stand in them.
    """
    sql = f"""create temporary table {PROPOSED} on commit drop as
        with gone as materialized ({_normal(gone, with_id=True)}), came as materialized ({_normal(new)}),
        alike as ({" union all ".join(_alike(key) for key in KEYS)}),
        pairs as (
            select id, old, new, array_agg(key order by strength) as keys from alike group by id, old, new
        ), counted as (
            select *, count(*) over (partition by old) as olds, count(*) over (partition by new) as news from pairs
        )
        select id, old, new, keys from counted where olds = 1 and news = 1"""
    await connection.execute(sql.replace(":district", f"'{district_id}'::uuid"), timeout=None)
    return int(await connection.fetchval(f"select count(*) from {PROPOSED}"))


def _normal(select: str, *, with_id: bool = False) -> str:
    columns = ", ".join(f"nullif(lower(btrim({name})), '') as {name}" for name in _COLUMNS)
    return f"select {'id, ' if with_id else ''}sourced_id, {columns} from ({select}) x"


def _alike(key: str) -> str:
    """Pair those whom a value of this key names alone on either side, if nothing speaks against it."""
    strength = KEYS.index(key)
    agrees = [f"coalesce(g.{name} = c.{name}, true)" for name in KEYS[:strength]]
    if key == EMAIL:
        agrees.append("(" + " or ".join(f"coalesce(g.{name} = c.{name}, false)" for name in NAMES) + ")")
    return f"""select g.id, g.sourced_id as old, c.sourced_id as new, '{key}' as key, {strength} as strength
               from ({_alone("gone", key)}) g join ({_alone("came", key)}) c on c.{key} = g.{key}
               where g.times = 1 and c.times = 1 and {" and ".join(agrees) or "true"}"""


def _alone(people: str, key: str) -> str:
    return f"select *, count(*) over (partition by {key}) as times from {people} where {key} is not null"
