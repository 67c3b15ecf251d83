from enum import StrEnum


class VisionDomain(StrEnum):
    """The five domains that a vision aligns (EL Education, Core Practices 32-37)."""

    CURRICULUM = "curriculum"
    INSTRUCTION = "instruction"
    CULTURE_AND_CHARACTER = "culture_and_character"
    STUDENT_ENGAGED_ASSESSMENT = "student_engaged_assessment"
    LEADERSHIP = "leadership"
