"""Statistics of a table that has grown, for who may fill it but does not own it."""

import asyncpg

from shared.local.servers import Urls

GROW = """create table districts.grown_for_a_test (district_id int not null, word text not null);
          insert into districts.grown_for_a_test select 1, repeat('x', 40) from generate_series(1, 30000)"""


async def test_who_fills_a_table_has_its_statistics_at_once_and_once(urls: Urls) -> None:
    owner = await asyncpg.connect(urls.migration_database_url)
    application = await asyncpg.connect(urls.database_url)
    try:
        await owner.execute(GROW)
        grown = "select * from districts.analyze_grown() as t where t = 'grown_for_a_test'"
        assert len(await application.fetch(grown)) == 1
        assert await owner.fetchval("select reltuples from pg_class where relname = 'grown_for_a_test'") == 30_000
        assert await application.fetch(grown) == []
    finally:
        await owner.execute("drop table if exists districts.grown_for_a_test")
        await application.close()
        await owner.close()
