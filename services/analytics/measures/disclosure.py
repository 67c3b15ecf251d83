"""Which parts of a total may be shown beside it, so that what is hidden is not what is left of the total. Pure."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

People = Mapping[Hashable, AbstractSet[Hashable]]  # who stands behind each part
Cell = tuple[Hashable, Hashable]  # a part of a total, and a stretch of time that a question may leave out
Told = tuple[date, Hashable, Hashable]  # what a month brought for a part and a stretch


def disclosable(
    people: Mapping[Hashable, AbstractSet[Hashable]], n_min: int, *, within: Collection[Hashable] | None = None
) -> set[Hashable]:
    """Say which parts of a total may be shown beside it: the rest taken together is nobody, or `n_min` people or more.

    `within` are the parts that the asking one may see at all; the others are hidden from them already.
    """
    shown = {key for key, who in people.items() if (within is None or key in within) and (not who or len(who) >= n_min)}
    while True:
        rest = set().union(*(who for key, who in people.items() if key not in shown))
        smallest = min(
            (key for key in shown if people[key]), key=lambda key: (len(people[key]), str(key)), default=None
        )
        if not rest or len(rest) >= n_min or smallest is None:
            return shown
        shown.discard(smallest)


def released(people: Mapping[date, Mapping[Cell, AbstractSet[Hashable]]], n_min: int) -> list[set[Told]]:
    """Say which months may be told, of each part and stretch of time; each set of these is told only as a whole.

    What a month brought waits with that of the months before until `n_min` people stand behind it: of each part that
    may be shown by itself alone, of the others together, and within each stretch. So whatever is told of one moment and
    of an earlier one, or with one stretch more, differs by nobody or by that many people, in each part and in all of
    them. What is known later changes nothing of it, for which is why months are gone through in their order.
    """
    everybody: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    waiting: dict[Told, set[Hashable]] = {}
    apart: set[Hashable] = set()
    told: list[set[Told]] = []
    for month in sorted(people):
        for (part, stretch), who in people[month].items():
            everybody[part].update(who)
            waiting[month, part, stretch] = set(who)
        apart |= {part for part in disclosable(everybody, n_min) if everybody[part]}
        together: defaultdict[Cell, set[Told]] = defaultdict(set)
        for one in waiting:
            together[one[1] if one[1] in apart else None, one[2]].add(one)
        for some in together.values():
            if len(set().union(*(waiting[one] for one in some))) >= n_min:
                told.append(some)
                for one in some:
                    del waiting[one]
    return told


def withheld(groups: Iterable[People], n_min: int) -> set[Hashable]:
    """Say which parts are hidden for the others' sake, though enough people stand behind them.

    A part has several groups of people (who was observed, who was answered), each the base of other numbers of it. It
    is hidden as a whole if only one of its groups asks for that, which may be what another group's rest then lacks.
    """
    counted = list(groups)
    hidden: set[Hashable] = set()
    while True:
        more = set()
        for people in counted:
            there = set(people) - hidden
            shown = disclosable(people, n_min, within=there)
            more |= {key for key in there - shown if len(people[key]) >= n_min}
        if not more:
            return hidden
        hidden |= more
