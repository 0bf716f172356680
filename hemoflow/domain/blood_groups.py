"""ABO/RhD groups and which red cells may be given to whom.

Compatibility is derived from antigens and antibodies, never typed in as a table: a red cell may be given when
it carries no antigen that the recipient lacks. Sources: Lifeblood component compatibility; BSH guidance.
"""

from enum import StrEnum


class BloodGroup(StrEnum):
    """The eight ABO/RhD groups, in the conventional order used for every table and chart."""

    O_NEG = "O-"
    O_POS = "O+"
    A_NEG = "A-"
    A_POS = "A+"
    B_NEG = "B-"
    B_POS = "B+"
    AB_NEG = "AB-"
    AB_POS = "AB+"

    @property
    def abo(self) -> str:
        """The ABO part: O, A, B or AB."""
        return self.value[:-1]

    @property
    def is_rhd_positive(self) -> bool:
        """Whether the cells carry the D antigen."""
        return self.value.endswith("+")

    @property
    def antigens(self) -> frozenset[str]:
        """The A, B and D antigens on the red cells."""
        return frozenset(self.abo.replace("O", "")) | (frozenset("D") if self.is_rhd_positive else frozenset())

    @property
    def slug(self) -> str:
        """A name safe for files and Prefect keys, for example ``ab-neg``."""
        return f"{self.abo.lower()}-{'pos' if self.is_rhd_positive else 'neg'}"


def is_compatible(donor: BloodGroup, recipient: BloodGroup) -> bool:
    """Whether red cells of ``donor`` may be given to ``recipient``: no antigen that the recipient lacks."""
    return donor.antigens <= recipient.antigens


def preference(recipient: BloodGroup) -> tuple[BloodGroup, ...]:
    """Donor groups for ``recipient``, best first.

    Identical first; then same RhD before D-negative to D-positive; then the nearest ABO (A or B before O for AB),
    so that O-negative, which everybody can receive, is always the last resort.
    """
    donors = [group for group in BloodGroup if is_compatible(group, recipient)]
    return tuple(sorted(donors, key=lambda donor: _distance(donor, recipient)))


def _distance(donor: BloodGroup, recipient: BloodGroup) -> tuple[int, int, int]:
    lacks_rhd = int(donor.is_rhd_positive != recipient.is_rhd_positive)
    missing_abo = len(recipient.antigens - donor.antigens - {"D"})
    return (int(donor is BloodGroup.O_NEG and recipient is not BloodGroup.O_NEG), missing_abo + lacks_rhd, lacks_rhd)


def emergency_groups(sex: str | None, age_years: int | None) -> tuple[BloodGroup, ...]:
    """Groups for a patient whose group is unknown (emergency rule), best first.

    O RhD-negative for women up to 50 and for anyone up to 18; O RhD-positive for the others, with O RhD-negative as
    an alternative. When sex or age is unknown the safer class is taken. Source: Lifeblood component compatibility.

    Args:
        sex: ``F``, ``M`` or None.
        age_years: Age on the day, or None.
    """
    if age_years is None or age_years <= CHILD_AGE_YEARS or (sex != "M" and age_years <= CHILDBEARING_AGE_YEARS):
        return (BloodGroup.O_NEG,)
    return (BloodGroup.O_POS, BloodGroup.O_NEG)


CHILD_AGE_YEARS = 18
CHILDBEARING_AGE_YEARS = 50
