"""Which donor groups may serve which recipient groups, by component, and in which order of preference."""

from hemoflow.domain.blood_groups import BloodGroup, is_compatible, preference
from hemoflow.domain.units import Component
from optimization.network.parts import Substitution


def is_allowed(component: Component, donor: BloodGroup, recipient: BloodGroup) -> bool:
    """Whether a policy may list the pair at all.

    Red cells bring antigens: none that the recipient lacks. Plasma brings antibodies against the A and B antigens that
    the donor lacks: none that the recipient carries; RhD does not count. Platelets carry few antigens and authorities
    disagree on ABO, so that any ABO pair may be listed, but RhD-positive ones not for RhD-negative recipients.
    Source: Lifeblood component compatibility.
    """
    if component is Component.RED_CELLS:
        return is_compatible(donor, recipient)
    if component is Component.PLASMA:
        return recipient.antigens - {"D"} <= donor.antigens - {"D"}
    return recipient.is_rhd_positive or not donor.is_rhd_positive


def identical(component: Component) -> tuple[Substitution, ...]:
    """Each group for itself only: no substitution."""
    return tuple(Substitution(component, group, group, 0) for group in BloodGroup)


def red_cell_preference() -> tuple[Substitution, ...]:
    """The 27 allowed pairs of red cells; the penalty is the rank of the donor group in the recipient's preference."""
    return tuple(
        Substitution(Component.RED_CELLS, donor, recipient, rank)
        for recipient in BloodGroup
        for rank, donor in enumerate(preference(recipient))
    )
