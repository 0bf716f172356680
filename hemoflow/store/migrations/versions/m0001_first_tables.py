"""The first shape of the tables.

Result columns are written as ``name:kind``; ``!`` marks the natural key, ``?`` a column that may be NULL.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "count": sa.BigInteger(),
    "measure": sa.Double(),
    "flag": sa.Boolean(),
    "day": sa.Date(),
    "instant": sa.DateTime(timezone=True),
    "number": sa.Integer(),
    "json": sa.JSON(),
}
OWN = {
    "runs": """
        run_id:text! number:number as_of:day policy_name:text policy_version:text policy_sha256:text
        input_sha256:text model_id:text seed:count software_version:text status:text
    """,
    "stages": "run_id:text! stage:text! number:number",
    "stage_files": "run_id:text! stage:text! name:text! path:text sha256:text rows:count?",
    "executions": "number:number! run_id:text started_at:instant finished_at:instant timings:json status:text",
    "approvals": """
        number:number! run_id:text approved_by:text reason:text approved_at:instant manifest_sha256:text
        previous_sha256:text sha256:text
    """,
    "models": """
        model_id:text! kind:text folder:text sha256:text trained_as_of:day metrics:json features:json data_hash:text
        promotion:number?
    """,
    "source_versions": "source:text! fingerprint:text! is_active:flag",
    "source_files": "source:text! fingerprint:text! table_name:text! path:text sha256:text rows:count",
}
REPORTS = {
    "ingest_report": """
        source:text! table_name:text! read_rows:count loaded_rows:count quarantined_rows:count duplicate_rows:count
    """,
    "quarantine": """
        source:text! table_name:text! file:text! row_number:count! field:text! value:text? reason:text! remedy:text
    """,
}
RESULTS = {
    "freshness": """
        source:text! table_name:text! rows:count latest_at:instant? age_hours:measure? is_critical:flag is_stale:flag
    """,
    "need_features": """
        patient_id:text! cut_at:instant! source:text site_id:text care_setting:text programme:text diagnosis_group:text?
        blood_group:text? is_female:measure? age_years:measure? weight_kg:measure? threshold_g_per_dl:measure?
        stay_hours:measure? haemoglobin_g_per_dl:measure? haemoglobin_age_hours:measure?
        haemoglobin_before_g_per_dl:measure? haemoglobin_min_7d_g_per_dl:measure?
        haemoglobin_slope_g_per_dl_day:measure? haemoglobin_sd_28d_g_per_dl:measure? haematocrit_share:measure?
        platelets_10e9_per_l:measure? inr:measure? creatinine_mg_per_dl:measure? ferritin_ng_per_ml:measure?
        mcv_fl:measure? labs_24h:measure transfused_24h_units:measure transfused_7d_units:measure
        transfused_28d_units:measure transfused_84d_units:measure transfusion_age_hours:measure?
        last_interval_days:measure? mean_interval_days:measure? requested_24h_units:measure requested_7d_units:measure
        chemotherapy_7d:measure anticoagulant_7d:measure iron_28d:measure esa_28d:measure
    """,
    "outpatient_profiles": """
        patient_id:text! site_id:text diagnosis_group:text? blood_group:text? is_female:measure? age_years:measure?
        weight_kg:measure? threshold_g_per_dl:measure? haemoglobin_g_per_dl:measure?
        haemoglobin_sd_84d_g_per_dl:measure? transfusion_episodes:count transfused_84d_units:measure
        units_per_episode:measure? mean_interval_days:measure? interval_variation:measure?
        days_since_transfusion:measure? stays_84d:measure has_open_urgent_request:flag travel_minutes:measure?
        mobility_score:count? frailty_score:count? antibodies:text? has_prior_severe_reaction:flag?
        has_unresolved_serology:flag? has_haemolysis:flag? is_actively_bleeding:flag? is_cardiopulmonary_unstable:flag?
        has_home_consent:flag? has_carer:flag? is_home_safe:flag? prefers_home:flag?
    """,
    "stock": """
        unit_id:text! component:text blood_group:text collected_on:day outdate_on:day site_id:text is_irradiated:flag
        state:text reserved_request_id:text?
    """,
    "open_requests": """
        request_id:text! patient_id:text site_id:text component:text patient_blood_group:text? supply_blood_group:text
        is_emergency_rule:flag sex:text? age_years:measure? needs_irradiated:flag? antibodies:text? urgency:count
        shortage_tier:count requested_at:instant requested_on:day due_on:day open_units:count reserved_units:count
    """,
    "need": """
        patient_id:text! site_id:text care_setting:text programme:text diagnosis_group:text? blood_group:text?
        haemoglobin_g_per_dl:measure? haemoglobin_age_hours:measure? threshold_g_per_dl:measure
        is_threshold_personal:flag request_24h_probability:measure expected_8d_units:measure reason:text model_id:text
    """,
    "need_by_day": """
        patient_id:text! day_number:count! need_on:day expected_units:measure
    """,
    "demand": """
        demand_on:day day_number:count! component:text! blood_group:text! urgency:count! known_units:count
        predicted_units:measure other_units:measure new_units:count quantile_units:count
    """,
    "supply_forecast": """
        supply_on:day day_number:count! component:text! blood_group:text! expected_units:measure planned_units:count
        low_units:count
    """,
    "segments": """
        patient_id:text! segment:count membership_share:measure margin_share:measure is_ambiguous:flag
    """,
    "segment_candidates": """
        function:text! k:count! segments:count smallest_share:measure agreement_share:measure
        stability_share:measure score_share:measure is_chosen:flag
    """,
    "segment_rules": """
        segment:count! rule_number:count! words:text patients:count held_out_patients:count precision_share:measure?
        recall_share:measure?
    """,
    "routes": """
        patient_id:text! site_id:text segment:count segment_words:text gates_failed:text gates_unknown:text
        priority_score:measure score_words:text expected_visits:measure planned_units:count? nurse_minutes:measure?
        route:text needs_review:flag reason:text would_change:text
    """,
    "plan_days": """
        plan_on:day day_number:count! component:text! blood_group:text! donated_units:count internal_units:count
        external_units:count very_urgent_units:count urgent_units:count not_urgent_units:count outdated_units:count
        stock_after_units:count
    """,
    "orders": """
        needed_on:day component:text! blood_group:text! due_not_urgent_units:count due_urgent_units:count
        very_urgent_quantile_units:count stock_units:count used_today_units:count outdating_units:count
        inbound_units:count usable_stock_units:count gap_units:count order_units:count external_today_units:count
        reason:text
    """,
    "allocations": """
        request_id:text! line_number:count! patient_id:text site_id:text patient_blood_group:text? urgency:count
        shortage_tier:count due_on:day unit_id:text? unit_blood_group:text? outdate_on:day? days_left:count?
        match_class:text status:text reason:text alternative_1:text? alternative_2:text?
    """,
    "stock_status": """
        component:text! blood_group:text! available_units:count reserved_units:count quarantine_units:count
        outdating_3d_units:count outdating_7d_units:count average_daily_demand_units:measure days_of_stock:measure?
        target_days:measure alert_days:measure phase:text change_units:count
    """,
    "worklist": """
        patient_id:text! site_id:text care_setting:text diagnosis_group:text? blood_group:text?
        haemoglobin_g_per_dl:measure? haemoglobin_age_hours:measure? threshold_g_per_dl:measure
        is_threshold_personal:flag request_24h_probability:measure expected_8d_units:measure open_units:count
        route:text? needs_review:flag supply_status:text reason:text
    """,
    "kpis": """
        kpi:text! value:measure? unit:text target:text? meaning:text
    """,
}
UNIQUE = {
    "runs": ("number",),
    "approvals": ("run_id", "previous_sha256", "sha256"),
    "models": ("promotion",),
}
LINKS = {
    "runs": ("run_id",),
    "stages": ("run_id", "stage"),
    "source_versions": ("source", "fingerprint"),
}
LINKED = {
    "stages": "runs",
    "stage_files": "stages",
    "executions": "runs",
    "approvals": "runs",
    "source_files": "source_versions",
    "ingest_report": "source_versions",
    "quarantine": "source_versions",
    **dict.fromkeys(RESULTS, "runs"),
}
INDEXED = {"runs": "as_of", "executions": "run_id"}


def upgrade() -> None:
    """Make every table."""
    for name, columns in OWN.items():
        _create(name, columns)
    for name, columns in REPORTS.items():
        _create(name, f"fingerprint:text! {columns}")
    for name, columns in RESULTS.items():
        _create(name, f"run_id:text! {columns}")
    for name, column in INDEXED.items():
        op.create_index(f"ix_{name}_{column}", name, [column])


def downgrade() -> None:
    """Remove every table, those that refer to others first."""
    for name in reversed([*OWN, *REPORTS, *RESULTS]):
        op.drop_table(name)


def _create(name: str, words: str) -> None:
    columns = [_column(word, is_counted=name == "executions") for word in words.split()]
    key = [word.partition(":")[0] for word in words.split() if word.endswith("!")]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), *_constraints(name))


def _column(word: str, *, is_counted: bool) -> sa.Column[object]:
    name, _, kind = word.partition(":")
    return sa.Column(name, KINDS[kind.strip("!?")], nullable=kind.endswith("?"), autoincrement=is_counted)


def _constraints(name: str) -> Iterator[sa.Constraint]:
    for column in UNIQUE.get(name, ()):
        yield sa.UniqueConstraint(column, name=f"uq_{name}_{column}")
    if name in LINKED:
        other = LINKED[name]
        columns = LINKS[other]
        yield sa.ForeignKeyConstraint(columns, [f"{other}.{column}" for column in columns], name=f"fk_{name}_{other}")
