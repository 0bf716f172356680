-- A row: what was known of a patient at a point, from records available by then only.
-- Inputs: points, patients; blocks open_stays, known_labs,
-- known_transfusions, transfusion_days, known_requests, known_drugs; tables conditions, procedures; mentions, which are
-- what was read in notes, a row for a note without any too: a source is silent, not negative, before its first note.
WITH analytes AS (
    SELECT patient_id, cut_at, code, max_by(value, place, 2) AS newest, min(age_hours) AS age_hours,
        min(CASE WHEN age_hours < 168 THEN value END) AS min_7d,
        stddev_samp(CASE WHEN age_hours < 672 THEN value END) AS sd_28d,
        CASE WHEN max(CASE WHEN age_hours < 168 THEN age_hours END) > min(age_hours)
            THEN regr_slope(CASE WHEN age_hours < 168 THEN value END, -age_hours / 24) END AS slope_7d,
        min_by(value, CASE WHEN age_hours < 4032 THEN place END) AS first_168d,
        max(CASE WHEN age_hours < 4032 THEN age_hours END) AS first_168d_age_hours,
        sum(CASE WHEN age_hours < 24 THEN 1 ELSE 0 END) AS results_24h
    FROM known_labs
    GROUP BY patient_id, cut_at, code
),
haemoglobin AS (
    SELECT patient_id, cut_at, try_element_at(newest, 1) AS value, try_element_at(newest, 2) AS before_value,
        age_hours, min_7d, sd_28d, slope_7d, first_168d, first_168d_age_hours, results_24h
    FROM analytes
    WHERE code = 'haemoglobin'
),
lab_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN code = 'haematocrit' THEN try_element_at(newest, 1) END) / 1e2 AS haematocrit_share,
        max(CASE WHEN code = 'platelets' THEN try_element_at(newest, 1) END) AS platelets_10e9_per_l,
        max(CASE WHEN code = 'inr' THEN try_element_at(newest, 1) END) AS inr,
        max(CASE WHEN code = 'creatinine' THEN try_element_at(newest, 1) END) AS creatinine_mg_per_dl,
        max(CASE WHEN code = 'ferritin' THEN try_element_at(newest, 1) END) AS ferritin_ng_per_ml,
        max(CASE WHEN code = 'mcv' THEN try_element_at(newest, 1) END) AS mcv_fl,
        max(CASE WHEN code = 'reticulocytes' THEN try_element_at(newest, 1) END) AS reticulocytes_percent
    FROM analytes
    GROUP BY patient_id, cut_at
),
transfusion_features AS (
    SELECT patient_id, cut_at,
        sum(CASE WHEN age_hours < 24 THEN given_units ELSE 0 END) AS transfused_24h_units,
        sum(CASE WHEN age_hours < 168 THEN given_units ELSE 0 END) AS transfused_7d_units,
        sum(CASE WHEN age_hours < 672 THEN given_units ELSE 0 END) AS transfused_28d_units,
        sum(CASE WHEN age_hours < 2016 THEN given_units ELSE 0 END) AS transfused_84d_units,
        min(age_hours) AS transfusion_age_hours
    FROM known_transfusions
    GROUP BY patient_id, cut_at
),
interval_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN recency = 1 THEN interval_days END) AS last_interval_days,
        max(CASE WHEN recency = 2 THEN interval_days END) AS interval_before_days,
        avg(interval_84d_days) AS mean_interval_days,
        avg(CASE WHEN recency <= 3 THEN interval_days END) AS recent_interval_days,
        stddev_samp(CASE WHEN recency <= 6 THEN interval_days END)
            / avg(CASE WHEN recency <= 6 THEN interval_days END) AS interval_variation,
        max(CASE WHEN recency = 1 THEN given_units END) AS last_visit_units,
        avg(CASE WHEN recency <= 6 THEN given_units END) AS mean_visit_units,
        28e0 * sum(CASE WHEN recency <= 6 AND interval_days IS NOT NULL THEN given_units END)
            / sum(CASE WHEN recency <= 6 THEN interval_days END) AS visit_rate_28d_units
    FROM transfusion_days
    GROUP BY patient_id, cut_at
),
balance AS (
    SELECT h.patient_id, h.cut_at,
        sum(CASE WHEN t.age_hours < h.first_168d_age_hours AND t.age_hours >= h.age_hours THEN t.given_units ELSE 0 END)
            AS between_units,
        sum(CASE WHEN t.age_hours < h.age_hours THEN t.given_units ELSE 0 END) AS since_units
    FROM haemoglobin h
    JOIN known_transfusions t ON t.patient_id = h.patient_id AND t.cut_at = h.cut_at
    WHERE h.age_hours < 4032
    GROUP BY h.patient_id, h.cut_at
),
responses AS (
    SELECT patient_id, cut_at, avg((after_value - before_value) / given_units) AS response
    FROM (
        SELECT t.patient_id, t.cut_at, t.recency, t.given_units,
            max_by(l.value, CASE WHEN l.age_hours > t.age_hours THEN l.place END) AS before_value,
            min_by(l.value, CASE WHEN l.age_hours <= t.age_hours THEN l.place END) AS after_value
        FROM transfusion_days t
        JOIN known_labs l ON l.patient_id = t.patient_id AND l.cut_at = t.cut_at
            AND l.code = 'haemoglobin'
            AND l.age_hours < t.age_hours + 48
            AND l.age_hours > t.age_hours - 72
        WHERE t.recency <= 3
        GROUP BY t.patient_id, t.cut_at, t.recency, t.given_units
    ) pairs
    WHERE before_value IS NOT NULL AND after_value IS NOT NULL AND given_units > 0
    GROUP BY patient_id, cut_at
),
diagnosis_features AS (
    SELECT p.patient_id, p.cut_at,
        max(CASE WHEN c.code_system LIKE '%10%' AND c.code LIKE 'C%' THEN 1
            WHEN c.code_system LIKE '%9%' AND substring(c.code, 1, 2) IN ('14', '15', '16', '17', '18', '19', '20') THEN 1
            ELSE 0 END) AS had_cancer,
        max(CASE WHEN c.code LIKE 'N17%' OR c.code LIKE 'N18%' OR c.code LIKE 'N19%' THEN 1
            WHEN c.code_system LIKE '%9%' AND substring(c.code, 1, 3) IN ('584', '585', '586') THEN 1
            ELSE 0 END) AS had_renal_failure,
        max(CASE WHEN c.code LIKE 'K922%' OR c.code LIKE 'K921%' OR c.code LIKE 'K920%' THEN 1
            WHEN c.code_system LIKE '%9%' AND substring(c.code, 1, 3) = '578' THEN 1
            ELSE 0 END) AS had_gi_bleed,
        max(CASE WHEN substring(c.code, 1, 2) IN ('D5', 'D6') AND c.code_system LIKE '%10%' THEN 1
            WHEN c.code_system LIKE '%9%' AND substring(c.code, 1, 3) IN ('280', '281', '282', '283', '284', '285') THEN 1
            ELSE 0 END) AS had_anaemia
    FROM points p
    JOIN conditions c ON c.patient_id = p.patient_id AND c.available_at <= p.cut_at AND c.recorded_at <= p.cut_at
    GROUP BY p.patient_id, p.cut_at
),
planned AS (
    SELECT p.patient_id, p.cut_at, count(*) AS procedures_planned_7d
    FROM points p
    JOIN procedures c ON c.patient_id = p.patient_id AND c.available_at <= p.cut_at
        AND unix_date(c.performed_on) >= unix_date(CAST(p.cut_at AS DATE))
        AND unix_date(c.performed_on) < unix_date(CAST(p.cut_at AS DATE)) + 7
    GROUP BY p.patient_id, p.cut_at
),
request_features AS (
    SELECT patient_id, cut_at,
        sum(CASE WHEN age_hours < 24 THEN requested_units ELSE 0 END) AS requested_24h_units,
        sum(CASE WHEN age_hours < 168 THEN requested_units ELSE 0 END) AS requested_7d_units
    FROM known_requests
    GROUP BY patient_id, cut_at
),
drug_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN drug_class = 'chemotherapy' AND ended_age_hours < 168 THEN 1 ELSE 0 END) AS chemotherapy_7d,
        max(CASE WHEN drug_class = 'anticoagulant' AND ended_age_hours < 168 THEN 1 ELSE 0 END) AS anticoagulant_7d,
        max(CASE WHEN drug_class = 'iron' AND ended_age_hours < 672 THEN 1 ELSE 0 END) AS iron_28d,
        max(CASE WHEN drug_class = 'esa' AND ended_age_hours < 672 THEN 1 ELSE 0 END) AS esa_28d
    FROM known_drugs
    GROUP BY patient_id, cut_at
),
note_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN concept = 'active_bleeding' AND assertion = 'present' AND age_days < 7 THEN 1e0 ELSE 0e0 END)
            AS note_active_bleeding_7d,
        max(CASE WHEN concept = 'melaena' AND assertion = 'present' AND age_days < 7 THEN 1e0 ELSE 0e0 END)
            AS note_melaena_7d,
        max(CASE WHEN concept = 'anaemia_symptoms' AND assertion = 'present' AND age_days < 7 THEN 1e0 ELSE 0e0 END)
            AS note_anaemia_symptoms_7d,
        max(CASE WHEN concept = 'chemotherapy_planned' AND assertion = 'present' AND age_days < 28 THEN 1e0 ELSE 0e0 END)
            AS note_chemotherapy_planned_28d,
        max(CASE WHEN concept = 'transfusion_refused' AND assertion IN ('present', 'uncertain') THEN 1e0 ELSE 0e0 END)
            AS note_transfusion_refused_84d
    FROM (
        SELECT p.patient_id, p.cut_at, m.concept, m.assertion,
            CAST(unix_micros(p.cut_at) - unix_micros(m.written_at) AS DOUBLE) / 8.64e10 AS age_days
        FROM points p
        JOIN mentions m ON m.patient_id = p.patient_id AND m.available_at <= p.cut_at AND m.written_at <= p.cut_at
    ) said
    WHERE age_days < 84
    GROUP BY patient_id, cut_at
),
first_notes AS (
    SELECT source, min(available_at) AS since_at FROM mentions GROUP BY source
)
SELECT p.patient_id, p.cut_at, who.source,
    coalesce(s.site_id, who.site_id) AS site_id,
    CASE WHEN s.patient_id IS NULL THEN 'OUTPATIENT' ELSE 'INPATIENT' END AS care_setting,
    who.programme, who.diagnosis_group, who.blood_group, who.ancestry,
    CASE who.sex WHEN 'F' THEN 1e0 WHEN 'M' THEN 0e0 END AS is_female,
    year(p.cut_at) - who.birth_year - 1 AS age_years,
    who.weight_kg, who.threshold_g_per_dl,
    CAST(unix_micros(p.cut_at) - unix_micros(s.started_at) AS DOUBLE) / 3.6e9 AS stay_hours,
    h.value AS haemoglobin_g_per_dl, h.age_hours AS haemoglobin_age_hours,
    h.before_value AS haemoglobin_before_g_per_dl, h.min_7d AS haemoglobin_min_7d_g_per_dl,
    round(h.slope_7d, 6) AS haemoglobin_slope_g_per_dl_day,
    round(h.sd_28d, 6) AS haemoglobin_sd_28d_g_per_dl,
    round(l.haematocrit_share, 6) AS haematocrit_share,
    l.platelets_10e9_per_l, l.inr, l.creatinine_mg_per_dl, l.ferritin_ng_per_ml, l.mcv_fl, l.reticulocytes_percent,
    coalesce(h.results_24h, 0) AS labs_24h,
    coalesce(t.transfused_24h_units, 0) AS transfused_24h_units,
    coalesce(t.transfused_7d_units, 0) AS transfused_7d_units,
    coalesce(t.transfused_28d_units, 0) AS transfused_28d_units,
    coalesce(t.transfused_84d_units, 0) AS transfused_84d_units,
    t.transfusion_age_hours, i.last_interval_days,
    round(i.mean_interval_days, 6) AS mean_interval_days,
    i.interval_before_days,
    round(i.recent_interval_days, 6) AS recent_interval_days,
    round(i.interval_variation, 6) AS interval_variation,
    i.last_visit_units,
    round(i.mean_visit_units, 6) AS mean_visit_units,
    round(i.visit_rate_28d_units, 6) AS visit_rate_28d_units,
    h.first_168d AS haemoglobin_168d_first_g_per_dl, h.first_168d_age_hours AS haemoglobin_168d_first_age_hours,
    coalesce(b.between_units, 0) AS transfused_between_units,
    coalesce(b.since_units, 0) AS transfused_since_haemoglobin_units,
    round(a.response, 6) AS response_g_per_dl_per_unit,
    coalesce(r.requested_24h_units, 0) AS requested_24h_units,
    coalesce(r.requested_7d_units, 0) AS requested_7d_units,
    coalesce(d.chemotherapy_7d, 0) AS chemotherapy_7d,
    coalesce(d.anticoagulant_7d, 0) AS anticoagulant_7d,
    coalesce(d.iron_28d, 0) AS iron_28d,
    coalesce(d.esa_28d, 0) AS esa_28d,
    coalesce(g.had_cancer, 0) AS had_cancer,
    coalesce(g.had_renal_failure, 0) AS had_renal_failure,
    coalesce(g.had_gi_bleed, 0) AS had_gi_bleed,
    coalesce(g.had_anaemia, 0) AS had_anaemia,
    coalesce(n.procedures_planned_7d, 0) AS procedures_planned_7d,
    CASE WHEN o.since_at <= p.cut_at THEN coalesce(e.note_active_bleeding_7d, 0e0) END AS note_active_bleeding_7d,
    CASE WHEN o.since_at <= p.cut_at THEN coalesce(e.note_melaena_7d, 0e0) END AS note_melaena_7d,
    CASE WHEN o.since_at <= p.cut_at THEN coalesce(e.note_anaemia_symptoms_7d, 0e0) END AS note_anaemia_symptoms_7d,
    CASE WHEN o.since_at <= p.cut_at THEN coalesce(e.note_chemotherapy_planned_28d, 0e0) END
        AS note_chemotherapy_planned_28d,
    CASE WHEN o.since_at <= p.cut_at THEN coalesce(e.note_transfusion_refused_84d, 0e0) END
        AS note_transfusion_refused_84d
FROM points p
JOIN patients who ON who.patient_id = p.patient_id AND who.available_at <= p.cut_at
LEFT JOIN open_stays s ON s.patient_id = p.patient_id AND s.cut_at = p.cut_at
LEFT JOIN haemoglobin h ON h.patient_id = p.patient_id AND h.cut_at = p.cut_at
LEFT JOIN lab_features l ON l.patient_id = p.patient_id AND l.cut_at = p.cut_at
LEFT JOIN transfusion_features t ON t.patient_id = p.patient_id AND t.cut_at = p.cut_at
LEFT JOIN interval_features i ON i.patient_id = p.patient_id AND i.cut_at = p.cut_at
LEFT JOIN request_features r ON r.patient_id = p.patient_id AND r.cut_at = p.cut_at
LEFT JOIN drug_features d ON d.patient_id = p.patient_id AND d.cut_at = p.cut_at
LEFT JOIN balance b ON b.patient_id = p.patient_id AND b.cut_at = p.cut_at
LEFT JOIN responses a ON a.patient_id = p.patient_id AND a.cut_at = p.cut_at
LEFT JOIN diagnosis_features g ON g.patient_id = p.patient_id AND g.cut_at = p.cut_at
LEFT JOIN planned n ON n.patient_id = p.patient_id AND n.cut_at = p.cut_at
LEFT JOIN note_features e ON e.patient_id = p.patient_id AND e.cut_at = p.cut_at
LEFT JOIN first_notes o ON o.source = who.source
ORDER BY p.patient_id, p.cut_at
