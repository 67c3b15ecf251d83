"""What happens in the year, before any of it is sent: pure, seeded, the same each time.

Three schools share one goal: students explain their thinking. Two run the learning for it, one with most of
its teachers there and coaching after it, one with fewer; the third does not yet. So the practice grows, unevenly.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

SPACE = UUID("6d1f5c2e-7b1e-5a4a-9a53-0f6f3f1c2d10")
YEAR_ENDS = 2026
FIRST_DAY, LAST_DAY = date(2025, 9, 2), date(2026, 5, 29)
HOLIDAYS = {date(2025, 11, 27), date(2025, 11, 28), *(date(2025, 12, 22) + timedelta(days=d) for d in range(12))}

LOOK_FORS = {
    "reasoning": "Students explain their reasoning in full sentences",
    "wait_time": "At least three seconds pass between a question and the first answer",
    "peer_talk": "Students respond to one another, not only to the teacher",
    "target": "Students can say what they are learning and why",
}
TARGETS = ("reasoning", "wait_time")
# How often each practice is seen before the learning; after it only the targets move.
BASE = {"reasoning": 0.34, "wait_time": 0.28, "peer_talk": 0.45, "target": 0.58}

INDICATORS = {
    "questioning": ("Instruction", "Discourse", "Questions open thinking up"),
    "discussion": ("Instruction", "Discourse", "Discussion moves between students"),
    "checking": ("Instruction", "Assessment", "Understanding is checked and used"),
    "goals": ("Planning", "Purpose", "The goal is clear to students"),
    "respect": ("Culture", "Belonging", "Every voice is treated as worth hearing"),
}
LEVELS = ("Beginning", "Developing", "Effective", "Exemplary")


def name_id(*parts: object) -> UUID:
    """Give the same id for the same thing each time, so that a play that was cut off goes on where it stopped."""
    return uuid5(SPACE, "/".join(map(str, parts)))


@dataclass(frozen=True)
class SchoolStory:
    """How one school's year goes: `attends` is the share of teachers who join the PL, `lift` what it does."""

    offers_learning: bool
    attends: float
    lift: float
    cycles: int
    on_time: float


STORIES = (
    SchoolStory(offers_learning=True, attends=0.7, lift=0.36, cycles=7, on_time=0.92),
    SchoolStory(offers_learning=True, attends=0.45, lift=0.22, cycles=5, on_time=0.75),
    SchoolStory(offers_learning=False, attends=0.0, lift=0.03, cycles=1, on_time=0.6),
)
ATTENDS_A_SESSION = 0.92  # of those who joined
SESSION_DAYS = (date(2025, 11, 4), date(2025, 11, 18), date(2025, 12, 9))
WALK_DAYS = (date(2025, 9, 24), date(2025, 10, 22), date(2026, 1, 21), date(2026, 3, 18), date(2026, 5, 6))


@dataclass(frozen=True)
class Visit:
    """One observation: by whom, of whom, what was seen, and when the feedback came back, if it did."""

    id: UUID
    observer: UUID
    teacher: UUID
    school: UUID
    at: datetime
    marks: dict[str, bool]
    levels: dict[str, int]
    shared_after: timedelta | None
    read_after: timedelta | None
    responds: bool


@dataclass(frozen=True)
class Stop:
    id: UUID
    at: datetime
    grade: str
    marks: dict[str, bool]


@dataclass(frozen=True)
class Walk:
    id: UUID
    at: datetime
    stops: list[Stop]


@dataclass(frozen=True)
class Cycle:
    id: UUID
    coachee: UUID
    coach: UUID
    from_visit: UUID | None
    begins: datetime
    sessions: list[tuple[str, datetime, int]]
    outcome: str


@dataclass
class SchoolYear:
    """One school's year, in order of time."""

    number: int
    id: UUID
    name: str
    story: SchoolStory
    principal: UUID
    coach: UUID
    teachers: list[UUID]
    attendance: list[list[UUID]] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)
    cycles: list[Cycle] = field(default_factory=list)


def school_days(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def write(school: SchoolYear, district: str) -> None:
    """Fill in what happens at the school."""
    chance = random.Random(f"{school.number}-throughline")  # a story, not a secret
    joined = chance.sample(school.teachers, round(school.story.attends * len(school.teachers)))
    school.attendance = [[t for t in sorted(joined) if chance.random() < ATTENDS_A_SESSION] for _ in SESSION_DAYS]
    learned = {t for t in school.teachers if sum(t in came for came in school.attendance) >= len(SESSION_DAYS) - 1}
    if not school.story.offers_learning:
        school.attendance = []
    school.visits = sorted(_visits(school, district, learned, chance), key=lambda visit: visit.at)
    school.walks = [_walk(school, district, day, len(learned) / len(school.teachers), chance) for day in WALK_DAYS]
    school.cycles = list(_cycles(school, district, chance))


def _visits(school: SchoolYear, district: str, learned: set[UUID], chance: random.Random) -> Iterator[Visit]:
    days = school_days(FIRST_DAY, LAST_DAY)
    early = [day for day in days if day < SESSION_DAYS[0]]
    for teacher in school.teachers:
        skill = chance.gauss(0, 0.1)
        for number in range(chance.randint(4, 8)):
            day = chance.choice(days if number else early)  # each is visited once before the learning
            after = day > SESSION_DAYS[-1]
            helped = school.story.lift * (1.0 if teacher in learned else 0.25) if after else 0.0
            yield Visit(
                id=name_id(district, "visit", teacher, number),
                observer=chance.choice([school.principal, school.principal, school.coach]),
                teacher=teacher,
                school=school.id,
                at=at(day, chance.randint(8, 14), chance.choice((0, 15, 30, 45))),
                marks=_marks(chance, skill, helped),
                levels={key: _level(chance, skill + helped) for key in INDICATORS},
                shared_after=_delay(school, chance, day),
                read_after=timedelta(hours=chance.choice((2, 5, 20, 26, 44))) if chance.random() < 0.93 else None,
                responds=chance.random() < 0.7,
            )


def _delay(school: SchoolYear, chance: random.Random, day: date) -> timedelta | None:
    """Feedback comes within two days mostly, late at times; of the last lessons some is still owed."""
    if (LAST_DAY - day).days < 10 and chance.random() < 0.3:
        return None
    if chance.random() < school.story.on_time:
        return timedelta(hours=chance.uniform(1, 46))
    return timedelta(hours=chance.uniform(50, 200))


def _marks(chance: random.Random, skill: float, helped: float) -> dict[str, bool]:
    return {key: chance.random() < BASE[key] + skill + (helped if key in TARGETS else 0) for key in LOOK_FORS}


def _level(chance: random.Random, strength: float) -> int:
    return min(4, max(1, round(chance.gauss(2.3 + 2 * strength, 0.7))))


def _walk(school: SchoolYear, district: str, day: date, reached: float, chance: random.Random) -> Walk:
    helped = school.story.lift * (0.25 + 0.75 * reached) if day > SESSION_DAYS[-1] else 0.0
    stops = [
        Stop(
            id=name_id(district, "stop", school.id, day, number),
            at=at(day, 9, 10 * number % 60),
            grade=f"{1 + number % 6:02d}",
            marks=_marks(chance, 0.0, helped),
        )
        for number in range(10)
    ]
    return Walk(name_id(district, "walk", school.id, day), at(day, 8), stops)


def _cycles(school: SchoolYear, district: str, chance: random.Random) -> Iterator[Cycle]:
    coached = chance.sample(school.teachers, school.story.cycles)
    for number, coachee in enumerate(coached):
        begins = at(chance.choice(school_days(date(2025, 12, 10), date(2026, 2, 20))), 15)
        sessions = [
            (kind, begins + timedelta(days=7 * week + 2), chance.choice((25, 30, 40, 45)))
            for week, kind in enumerate(("plan", "model", "observe", "debrief", "plan", "debrief"))
        ]
        source = next((v.id for v in school.visits if v.teacher == coachee and v.shared_after and v.at < begins), None)
        outcome = "goal_met" if chance.random() < 0.6 else "continued"
        yield Cycle(
            name_id(district, "cycle", school.id, number), coachee, school.coach, source, begins, sessions, outcome
        )
