from datetime import date
from uuid import UUID

from sqlalchemy import Index

from services.districts.tables import Shown, unique_shown_id, unique_sourced_id


class Demographics(Shown, table=True):
    """What a roster tells of a person's origin. It leaves through OneRoster alone, and only under its own scope.

    Its sourcedId is the person's.
    """

    __tablename__ = "demographics"
    __table_args__ = (
        unique_sourced_id("demographics"),
        unique_shown_id("demographics"),
        Index("ix_demographics_person", "district_id", "person_id"),
    )

    person_id: UUID
    birth_date: date | None = None
    sex: str | None = None
    american_indian_or_alaska_native: bool | None = None
    asian: bool | None = None
    black_or_african_american: bool | None = None
    native_hawaiian_or_other_pacific_islander: bool | None = None
    white: bool | None = None
    demographic_race_two_or_more_races: bool | None = None
    hispanic_or_latino_ethnicity: bool | None = None
    country_of_birth_code: str | None = None
    state_of_birth_abbreviation: str | None = None
    city_of_birth: str | None = None
    public_school_residence_status: str | None = None
