"""Which parts of a total may be shown beside it, so that what is hidden is not what is left of the total. Pure."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

People = Mapping[Hashable, AbstractSet[Hashable]]  # who stands behind each part


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


def released(people: Mapping[date, AbstractSet[Hashable]], n_min: int) -> set[date]:
    """Say which months may be told: each waits until `n_min` people stand behind it and those that wait with it.

    So whatever is told of one moment and of an earlier one differs by nobody, or by that many people.
    """
    shown: set[date] = set()
    waiting: list[date] = []
    for month in sorted(people):
        waiting.append(month)
        if len(set().union(*(people[one] for one in waiting))) >= n_min:
            shown.update(waiting)
            waiting = []
    return shown


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
