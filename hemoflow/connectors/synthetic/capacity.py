"""What clinics and the home team can do on each day, published some weeks ahead."""

from datetime import timedelta

import pandas as pd

from hemoflow.connectors.synthetic import SOURCE
from hemoflow.connectors.synthetic.magnitudes import SATURDAY, Region, at
from hemoflow.schemas.canonical import CAPACITY
from hemoflow.schemas.frames import conform

HOME_TEAM = "HOME-1"


def teams(region: Region) -> tuple[tuple[str, str, int], ...]:
    """Site, resource and minutes on a working day; at least one chair a clinic and one nurse."""
    chairs = [
        (site, "chair_minutes", max(1, round(number * region.scale)) * region.working_minutes)
        for site, number in region.clinic_chairs
    ]
    nurses = max(1.0, region.home_nurses * region.scale)
    return (*chairs, (HOME_TEAM, "nurse_minutes", round(nurses * region.working_minutes)))


def make_capacity(region: Region) -> pd.DataFrame:
    """Frame of ``capacity`` from the first day of the history to as far as was published on its last day."""
    days = [region.first_on + timedelta(days=n) for n in range(len(region.days) + region.notice_days)]
    rows = [
        {
            "site_id": site,
            "capacity_on": day,
            "resource": resource,
            "available_minutes": minutes if day.weekday() < SATURDAY else 0,
            "available_at": at(day - timedelta(days=region.notice_days)),
            "source": SOURCE,
            "is_synthetic": True,
        }
        for day in days
        for site, resource, minutes in teams(region)
    ]
    return conform(pd.DataFrame(rows), CAPACITY)
