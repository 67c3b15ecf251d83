"""What a school may be called, and which of its counts of students can be shown.

A count below `n_min` is hidden. So is what would give a hidden one away: the groups of a family are parts of the same
total, so a family that hides anything hides at least `n_min` students in at least two parts. A group that stands alone
is hidden too if those who are not in it are too few: of all or of none, one knows of each. That no student is of a race
or a sex says nothing of anybody, so a zero there is shown. What is hidden never says which of the reasons was its own.
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.errors import FieldError

TOTAL = "total"
RACES = (
    "american_indian_or_alaska_native", "asian", "black_or_african_american", "hispanic_or_latino",
    "native_hawaiian_or_pacific_islander", "white", "two_or_more_races",
)  # fmt: skip
SEXES = ("female", "male", "other_sex")
FAMILIES = {"race and ethnicity": RACES, "sex": SEXES}
ALONE = (
    "economically_disadvantaged", "english_learners", "students_with_disabilities", "homeless", "foster_care",
    "migrant", "gifted",
)  # fmt: skip


class TitleI(StrEnum):
    """NCES: whether a school takes part in Title I, part A, and how."""

    NOT_ELIGIBLE = "not_eligible"
    ELIGIBLE_WITHOUT_PROGRAM = "eligible_without_program"
    TARGETED_ASSISTANCE = "targeted_assistance"
    SCHOOLWIDE_ELIGIBLE_FOR_TARGETED = "schoolwide_eligible_with_targeted_assistance"
    SCHOOLWIDE = "schoolwide"


class Locale(StrEnum):
    """NCES: the twelve locales, codes 11 to 43."""

    CITY_LARGE = "city_large"
    CITY_MIDSIZE = "city_midsize"
    CITY_SMALL = "city_small"
    SUBURB_LARGE = "suburb_large"
    SUBURB_MIDSIZE = "suburb_midsize"
    SUBURB_SMALL = "suburb_small"
    TOWN_FRINGE = "town_fringe"
    TOWN_DISTANT = "town_distant"
    TOWN_REMOTE = "town_remote"
    RURAL_FRINGE = "rural_fringe"
    RURAL_DISTANT = "rural_distant"
    RURAL_REMOTE = "rural_remote"


class Designation(StrEnum):
    """ESSA: comprehensive, targeted or additional targeted support and improvement."""

    NONE = "none"
    CSI = "csi"
    TSI = "tsi"
    ATSI = "atsi"


def faults(counts: Mapping[str, int]) -> list[FieldError]:
    """Say where the counts cannot all be true."""
    total = counts[TOTAL]
    found = [
        FieldError(f"#/enrollment/{group}", "above_total", "more students than there are")
        for group, students in counts.items()
        if students > total
    ]
    for name, groups in FAMILIES.items():
        if not found and sum(counts.get(group, 0) for group in groups) > total:
            found.append(
                FieldError("#/enrollment", "above_total", f"the groups of {name} add up to more than the total")
            )
    return found


def hidden(counts: Mapping[str, int], n_min: int) -> frozenset[str]:
    """Give the names of the counts that may not be shown."""
    total = counts[TOTAL]
    if total < n_min:
        return frozenset(counts)
    found = {name for name in ALONE if name in counts and not n_min <= counts[name] <= total - n_min}
    for groups in FAMILIES.values():
        found |= _hidden_in({group: counts[group] for group in groups if group in counts}, total, n_min)
    return frozenset(found)


def _hidden_in(parts: Mapping[str, int], total: int, n_min: int) -> set[str]:
    """Hide parts of one total until what is not shown is too much, and in too many parts, to say anything of one.

    Those who are in none of the parts are a part too, which nobody names but everybody can work out.
    """
    rest = total - sum(parts.values())
    found = {group for group, students in parts.items() if 0 < students < n_min}
    if not found and not 0 < rest < n_min:
        return found
    for group in sorted(parts.keys() - found, key=lambda group: (parts[group] == 0, parts[group], group)):
        if len(found) + (rest > 0) >= 2 and sum(parts[g] for g in found) + rest >= n_min:  # noqa: PLR2004
            break
        found.add(group)
    return found
