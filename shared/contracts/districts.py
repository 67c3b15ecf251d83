"""What districts promises: the states of its staff, organisations and relationships (no student is ever among them)."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.state import State


class PersonState(State):
    given_name: str
    family_name: str
    email: str | None = None
    merged_into: UUID | None = None  # the person who this turned out to be


class OrgState(State):
    name: str
    type: str
    parent_id: UUID | None = None


class RelationshipState(State):
    """Who stands how to whom: teaches_at or leads an org; coaches, evaluates, supervises or mentors a person.

    The dates are the first and the last day on which it holds; None is open. `archived_at` is when it was withdrawn.
    `leader_class` says of who leads: administrative_leader (who evaluates) or school_leader.
    """

    person_id: UUID
    kind: str
    org_id: UUID | None = None
    target_person_id: UUID | None = None
    begin_date: date | None = None
    end_date: date | None = None
    archived_at: datetime | None = None
    leader_class: str | None = None


class StaffAssignmentState(State):
    """What somebody is where, for which part of a full position (`fte`, above 0, at most 1), from when to when."""

    person_id: UUID
    org_id: UUID
    position: str
    fte: float
    licence_level: str | None = None
    career_stage: str | None = None
    subjects: list[str] = Field(default_factory=list)  # the content areas that it is for
    begin_date: date
    end_date: date | None = None


class RoleGrantState(State):
    """A role of leadership, formal or informal, from the first day of its term to the last. It holds while `active`."""

    person_id: UUID
    org_id: UUID
    role: str
    kind: str
    state: str
    begin_date: date
    end_date: date | None = None


class LeaveState(State):
    """Days on which somebody is not at work. Why does not leave districts."""

    person_id: UUID
    begin_date: date
    end_date: date | None = None


class SchoolAttributesState(State):
    """What a school is like. `enrollment` has students by group as counted: never to be shown as it is."""

    org_id: UUID
    school_year: int
    title_i: str | None = None
    need_index: float | None = None
    locale: str | None = None
    designation: str | None = None
    enrollment: dict[str, int] | None = None
    begin_date: date
    end_date: date | None = None


class CalendarState(State):
    """What an organisation's calendar says. What is null or not listed in `days` is as in the calendars above it."""

    org_id: UUID
    school_year: int
    time_zone: str | None = None
    weekdays: list[int] | None = None
    days: list[dict[str, str | None]]
    begin_date: date
    end_date: date


class CourseState(State):
    """What is taught. `changed_at` is since when it says so."""

    title: str
    subjects: list[str]
    grades: list[str]
    changed_at: datetime


class ClassState(State):
    """A class of a course. The days are the first and the last of its terms; `changed_at` is since when it says so."""

    title: str
    org_id: UUID
    course_id: UUID
    subjects: list[str]
    grades: list[str]
    periods: list[str] = Field(default_factory=list)
    begin_date: date | None = None
    end_date: date | None = None
    changed_at: datetime


class DataUsePolicyState(State):
    """For what a district's numbers may be asked, and how many must stand behind one."""

    purposes: list[str]
    n_min: int | None = None


class TokensState(State):
    """What access tokens hang on: a client, a secret of it, an identity provider, an external partner,
    an agreement with it, or one token alone.

    Those that name `subject` and were given before `tokens_ended_at` hold no more.
    """

    subject: str
    tokens_ended_at: datetime | None = None
