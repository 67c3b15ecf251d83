"""What is wrong with single rows, told with the line, the column, the value and a sentence.

A row whose reference leads to a row that was itself rejected says so: mending the one mends both.
"""

from uuid import UUID

from services.districts.roster_imports.mapping import DANGLING, REQUIRED, Check, Target, key, raw
from services.districts.roster_imports.staging import Staged
from shared.database import Connection

LONGEST_ID = 600  # bytes; the standard allows 255 characters, a role that we derive has two such
DEPENDS, REPEATED, CIRCULAR = "depends_on_rejected", "repeated", "circular"
SENTENCES = {
    REQUIRED: "{column} is empty, and without it the row means nothing.",
    DANGLING: "{column} names {value}, which is nothing that is active in this roster.",
    DEPENDS: "{column} names {value}, whose own row was rejected: mend that one first.",
    CIRCULAR: "{column} names {value}, and with it the row would stand above itself.",
    "unknown_value": "{column} says {value}, which is no word that OneRoster knows here (an own one starts with ext:).",
    "bad_date": "{column} says {value}, which is not a date.",
    "bad_number": "{column} says {value}, which is not a number.",
    "bad_scale": "{column} cannot be read: it is {mark:value},{mark:value} and so on.",
    "repeated_mark": "{column} says a mark twice.",
    "minimum_above_maximum": "{column} is more than resultValueMax.",
    "private": "{column} cannot be understood.",
    "bad_id": f"The sourcedId is longer than {LONGEST_ID} bytes, or holds control characters.",
    "duplicate": "The same sourcedId came before in this file with other values; the first row counts.",
    REPEATED: "The very same row came before in this file; it counts once.",
    "field_count": "The row has another number of fields than the header.",
    "encoding": "The row is not UTF-8, or holds a NUL.",
    "broken_quotes": "A quoted field is never closed.",
}
CONTROLS = " or x.sourced_id ~ '[[:cntrl:]]'"
WITHOUT_IT = " The row was kept without it."
GENERAL = (
    Check("", "field_count", ""),
    Check("", "encoding", ""),
    Check("", "broken_quotes", ""),
    Check("sourcedId", "duplicate", ""),
    Check("sourcedId", REQUIRED, "coalesce(x.sourced_id, '') = ''"),
    Check("sourcedId", "bad_id", f"octet_length(x.sourced_id) > {LONGEST_ID}{CONTROLS}"),
    Check("sourcedId", REPEATED, "", "warning"),
)
_PRIVATE = {"birthDate", "sex", "score"}  # never repeated outside OneRoster
_BY_READING = 4  # so many of them, from the first, are seen when the file is read


def doubt(checks: tuple[Check, ...]) -> str:
    """Number the warning of a row."""
    return _case(checks, "warning")


def fault(target: Target) -> str:
    """Number what is wrong: the target's own checks first, then those of every file."""
    first = len(target.checks)
    codes = " ".join(f"when x.reject = '{c.code}' then {first + n}" for n, c in enumerate(GENERAL[:_BY_READING]))
    general = " ".join(f"when {c.fails} then {first + n}" for n, c in enumerate(GENERAL) if c.fails)
    read = f"when x.reject is not null then case {codes} end"
    return f"(case {read} {general} else {_case(target.checks, 'error')} end)"


def _case(checks: tuple[Check, ...], severity: str) -> str:
    found = " ".join(f"when {c.fails} then {n}" for n, c in enumerate(checks) if c.severity == severity)
    return f"(case {found} end)" if found else "null::int"


def _sentence(check: Check) -> str:
    text = SENTENCES["private" if check.column in _PRIVATE else check.code].replace("{column}", check.column)
    return text + (WITHOUT_IT if check.severity == "warning" and check.code != REPEATED else "")


def _value(check: Check) -> str:
    """Give the value that is to blame; of a list of references, the first that leads nowhere."""
    if check.code == REQUIRED or check.column in _PRIVATE:
        return "null"
    if not check.refers_to:
        return key(check.column)
    table = check.refers_to
    return f"""(select btrim(i) from unnest(string_to_array({raw(check.column)}, ',')) i
        where btrim(i) <> '' and not exists (select from districts.{table} r
          where r.district_id = :district and r.sourced_id = btrim(i) and r.archived_at is null) limit 1)"""


def told(staged: Staged, file: str, kept: int, rejecting: frozenset[str]) -> str:
    """Write the query of a file's errors: one JSON text. `rejecting`: the tables whose rejected rows are known."""
    target = staged.target
    checks = (*target.checks, *GENERAL)
    repeated = len(checks) - 1
    values = " ".join(f"when {n} then {_value(c)}" for n, c in enumerate(target.checks))
    depends = " ".join(
        f"when {n} then e.value in (select r.sourced_id from changed_{c.refers_to} r where r.fault is not null)"
        for n, c in enumerate(target.checks)
        if c.refers_to in rejecting
    )
    rows = f"""select c.line, c.sourced_id, coalesce(c.fault, c.doubt) as found from changed_{target.table} c
               where c.fault is not null or c.doubt is not null
               union all select s.line, btrim(s.raw_sourced_id), {repeated} from {target.staging} s
               where s.reject = '{REPEATED}' order by 1 limit {kept}"""
    valued = f"""select c.*, left(case c.found {values} end, 255) as value from ({rows}) c
                 left join {target.staging} s on s.line = c.line
                   and coalesce(btrim(s.raw_sourced_id), '') = coalesce(c.sourced_id, '')"""
    return _as_json(valued, file, checks, f"case e.found {depends} end" if depends else "false")


def _as_json(valued: str, file: str, checks: tuple[Check, ...], depends: str) -> str:
    def by_number(texts: list[str]) -> str:
        return "(array[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "])[e.found + 1]"

    columns = by_number([c.column for c in checks])
    dependent = SENTENCES[DEPENDS].replace("{column}", f"' || {columns} || '")
    sentences = by_number([_sentence(c) for c in checks])
    return f"""select coalesce(json_agg(json_build_object(
            'file', '{file}', 'line', e.line, 'sourced_id', left(nullif(e.sourced_id, ''), 255),
            'column', nullif({columns}, ''), 'value', e.value,
            'code', case when e.depends then '{DEPENDS}' else {by_number([c.code for c in checks])} end,
            'message', replace(case when e.depends then '{dependent}' else {sentences} end,
                               '{{value}}', coalesce(e.value, '')),
            'severity', {by_number([c.severity for c in checks])}) order by e.line), '[]')::text
        from (select e.*, coalesce({depends}, false) as depends from ({valued}) e) e"""


async def keep_errors(connection: Connection, district_id: UUID, import_id: UUID, errors: list[str]) -> None:
    """Replace what is kept of the errors of an import."""
    await connection.execute(
        "delete from districts.roster_import_errors where district_id = $1 and import_id = $2", district_id, import_id
    )
    for text in errors:
        await connection.execute(
            """insert into districts.roster_import_errors
                 (district_id, import_id, number, file, line, sourced_id, "column", value, code, message, severity)
               select $1, $2, (select count(*) from districts.roster_import_errors o
                               where o.district_id = $1 and o.import_id = $2) + row_number() over (order by e.line),
                      e.file, e.line, e.sourced_id, e."column", e.value, e.code, e.message, e.severity
               from json_to_recordset($3::json) as e (file text, line bigint, sourced_id text, "column" text,
                 value text, code text, message text, severity text)""",
            district_id,
            import_id,
            text,
        )
