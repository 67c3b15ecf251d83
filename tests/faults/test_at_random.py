"""Everything goes wrong, in an order that a seed gives, while everybody writes; then all has to be there, once.

THROUGHLINE_FAULTS_SEED=7 make faults T=tests/faults/test_at_random.py        the same again
THROUGHLINE_FAULTS_ROUNDS=200 make faults                                     for longer
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import aclosing

import pytest

from demo.api import Api
from tests.districts.webhooks.receiver import receiving
from tests.faults import afterwards
from tests.faults.client import Client
from tests.faults.faults import FAULTS, Scene, Warehouse
from tests.faults.load import Load, School
from tests.faults.process_tree import IS_LONG, Up, soon

pytestmark = pytest.mark.timeout(1800)
# What is got over within seconds: `make test` has each of it once, `make faults` has everything.
CHEAP = ("api_is_killed", "clients_go_away", "connections_are_cut", "redis_is_flushed", "webhook_target_fails",
         "worker_is_killed")  # fmt: skip
SEED = int(os.environ.get("THROUGHLINE_FAULTS_SEED") or random.SystemRandom().randrange(10**6))
RUNS = int(os.environ.get("THROUGHLINE_FAULTS_RUNS") or 1)
ROUNDS = int(os.environ.get("THROUGHLINE_FAULTS_ROUNDS") or len(CHEAP))
Measured = dict[str, tuple[int, int]]
TOGETHER = 0.25  # how often the next fault does not wait until the one before is got over


def orders(chance: random.Random, rounds: int) -> list[str]:
    """Deal the faults like cards: in a long run each comes as often as any other."""
    cards = sorted(FAULTS) if IS_LONG else CHEAP
    dealt: list[str] = []
    while len(dealt) < rounds:
        dealt += chance.sample(cards, len(cards))
    return dealt[:rounds]


@pytest.mark.parametrize("run", range(RUNS))
async def test_nothing_is_lost_and_nothing_comes_twice(running: Up, run: int) -> None:
    seed, rounds = SEED + run, ROUNDS
    chance = random.Random(seed)
    began = time.monotonic()

    def tell(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} {text}\n")
        sys.stdout.flush()

    tell(f"faults: THROUGHLINE_FAULTS_SEED={seed} THROUGHLINE_FAULTS_ROUNDS={rounds}")
    api = Client(running.url, await asyncio.to_thread(running.new_client))
    async with aclosing(api), receiving(Warehouse()) as receiver:
        # Before anybody writes: a webhook is told what comes into the log after it was made, and no more.
        made = await api.post("/v1/webhooks", {"name": "warehouse", "url": receiver.url})
        receiver.secret = made["secret"]
        since = (await last_event(api))["next"]
        async with Load(api, School(), seed) as load:
            scene = Scene(running, load, receiver, chance, running.log.stat().st_size)
            await asyncio.sleep(2)
            before = afterwards.measured(scene)
            await play(scene, orders(chance, rounds), tell)
            tell(f"at rest: {dict(api.answers)}")
            await check(scene, made["id"], since, before, tell)
            tell("checked")


async def play(scene: Scene, names: list[str], tell: Callable[[str], None]) -> None:
    """Do one thing after the other to it, then let it be well again and come to rest."""
    for name in names:
        tell(name)
        await FAULTS[name](scene)
        await asyncio.sleep(scene.chance.uniform(0.3, 1.5))
        if scene.chance.random() > TOGETHER:
            assert await asyncio.to_thread(soon, scene.up.is_ready, 300), scene.up.log.read_text()[-5000:]
        scene.load.check()
    await end(scene)
    await scene.load.rest()


async def last_event(api: Api) -> dict[str, object]:
    page = await api.get("/v1/events", limit=500)
    while page["more"]:
        page = await api.get("/v1/events", limit=500, after=page["next"])
    return dict(page)


async def end(scene: Scene) -> None:
    """Let everything be well again: the clock, the receiver, every process."""
    scene.receiver.answers.clear()
    if int(scene.up.environment.pop("THROUGHLINE_CLOCK_OFFSET", 0)):
        await asyncio.to_thread(scene.up.stop)
        await scene.start_again()
    assert await asyncio.to_thread(soon, scene.up.is_ready, 300)


async def check(scene: Scene, webhook: str, since: str, before: Measured, tell: Callable[[str], None]) -> None:
    for look, *given in (
        (afterwards.all_is_applied,),
        (afterwards.every_write_is_there_once,),
        (afterwards.every_event_is_told_once,),
        (afterwards.every_webhook_arrived, webhook, since),
        (afterwards.what_follows_is_what_follows_anew,),
        (afterwards.the_audit_chain_is_whole,),
        (afterwards.no_temporary_file_is_left,),
        (afterwards.processes_are_as_before, before),
        (afterwards.nothing_of_ours_crashed,),
    ):
        await look(scene, *given)
        tell(f"so it is: {look.__name__.replace('_', ' ')}")
