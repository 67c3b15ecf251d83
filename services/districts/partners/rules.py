from enum import StrEnum


class Kind(StrEnum):
    TECHNICAL_ASSISTANCE = "technical_assistance"
    HIGHER_EDUCATION = "higher_education"
    RESEARCH = "research"
    REGIONAL_AGENCY = "regional_agency"
    STATE_AGENCY = "state_agency"
    COMMUNITY = "community"
    VENDOR = "vendor"
