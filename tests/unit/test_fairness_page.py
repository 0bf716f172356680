"""Figures by group on a page: what is withheld tells nothing, not even by subtraction."""

from hemoflow.reports.fairness import fairness_groups, fairness_sentence, fairness_told


def figure(attribute, group, patients, value=0.8, *, metric="auroc", is_warning=False):
    is_withheld = patients is None
    return {
        "attribute": attribute, "group": group, "metric": metric, "patients": patients, "low": 0.7, "high": 0.9,
        "value": None if is_withheld else value, "is_withheld": is_withheld, "is_warning": is_warning,
    }  # fmt: skip


ROWS = [
    figure("everybody", "everybody", 100),
    figure("sex", "female", 60), figure("sex", "male", 40),
    figure("age_band", "18-39", 12), figure("age_band", "40-64", 80), figure("age_band", "under 18", None),
    figure("site_id", "HOSP-1", 100),
]  # fmt: skip


def test_a_withheld_count_cannot_be_found_by_subtraction():
    told = {(line.group, line.patients) for line in fairness_groups(ROWS)}
    assert {("female", "60"), ("male", "40"), ("40-64", "80")} < told
    assert {("under 18", "withheld"), ("18-39", "withheld")} < told
    cells = {line.group: line.cells for line in fairness_groups(ROWS)}
    assert cells["under 18"] == (("withheld", False),)
    assert cells["18-39"] == (("0.800 (0.700 to 0.900)", False),)


def test_ages_rise_and_each_attribute_is_named_once():
    lines = fairness_groups(ROWS)
    assert [line.attribute for line in lines if line.attribute] == ["Everybody", "Sex", "Age", "Site"]
    assert [line.group for line in lines][3:6] == ["under 18", "18-39", "40-64"]


def test_the_sentence_names_who_is_served_worse_and_what_nobody_records():
    assert fairness_sentence(ROWS) == "No group is beyond the policy's gap. No source records ancestry."
    worse = [*ROWS, figure("ancestry", "black", 30, 0.5, metric="sensitivity", is_warning=True)]
    assert fairness_sentence(worse) == "Beyond the policy's gap: Sensitivity of black."
    assert fairness_told([]) == {}
