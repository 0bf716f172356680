-- Roles that may read the store in PostgreSQL, for reports and dashboards beside the cockpit. Run it as the owner of
-- Hemoflow's tables, after `hemoflow init` and after every upgrade; running it again changes nothing:
--   psql "$HEMOFLOW_DATABASE_URL" -v ON_ERROR_STOP=1 -f roles.sql
-- Then: CREATE ROLE ana LOGIN; GRANT reader_planner TO ana;
-- Nobody here may write. A table that is not named here is closed: users, vault and tombstones on purpose.

DO $$
DECLARE reader text;
BEGIN
    FOREACH reader IN ARRAY ARRAY['reader_planner', 'reader_laboratory', 'reader_clinic', 'reader_engineer',
                                  'reader_evaluator', 'reader_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', reader);
        END IF;
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), reader);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), reader);
    END LOOP;
END $$;

-- Everybody: which runs there are, and figures in which nobody can be found.
GRANT SELECT ON runs, kpis, demand, supply_forecast, plan_days, orders, stock_status, freshness, drift, home_rules,
    segment_candidates, segment_descriptions, segment_rules, approvals
    TO reader_planner, reader_laboratory, reader_clinic, reader_engineer, reader_evaluator, reader_auditor;

-- Planner: units and requests, but not whose they are. A column left out cannot be read.
GRANT SELECT ON stock TO reader_planner, reader_laboratory;
GRANT SELECT (run_id, request_id, site_id, component, supply_blood_group, urgency, shortage_tier, requested_on, due_on,
    open_units, reserved_units) ON open_requests TO reader_planner;
GRANT SELECT (run_id, request_id, line_number, site_id, urgency, shortage_tier, due_on, unit_id, unit_blood_group,
    outdate_on, days_left, match_class, status) ON allocations TO reader_planner;

-- Laboratory: patients under pseudonyms, as far as blood is concerned.
GRANT SELECT ON open_requests, allocations, worklist, need, go_no_go TO reader_laboratory;

-- Clinic: patients under pseudonyms, of its own sites only (see below).
GRANT SELECT ON worklist, need, routes, slots, go_no_go TO reader_clinic;

-- Engineer: what was loaded and computed, faults without the values at fault.
GRANT SELECT ON stages, stage_files, executions, models, source_versions, source_files, ingest_report TO reader_engineer;
GRANT SELECT ON lateness, source_columns, schema_drift, source_notes TO reader_engineer;
GRANT SELECT (fingerprint, source, table_name, file, row_number, field, reason, remedy) ON quarantine TO reader_engineer;

-- Evaluator: models and their figures. Auditor: who did what, for whom and why.
GRANT SELECT ON models TO reader_evaluator, reader_auditor;
GRANT SELECT ON ledger, what_ifs TO reader_auditor;

-- Sites of a reader: INSERT INTO hemoflow_access.reader_sites VALUES ('ana', 'CLINIC-1');
CREATE SCHEMA IF NOT EXISTS hemoflow_access;
CREATE TABLE IF NOT EXISTS hemoflow_access.reader_sites (
    reader text NOT NULL,
    site_id text NOT NULL,
    PRIMARY KEY (reader, site_id)
);
REVOKE ALL ON hemoflow_access.reader_sites FROM PUBLIC;
GRANT USAGE ON SCHEMA hemoflow_access TO reader_clinic;
GRANT SELECT ON hemoflow_access.reader_sites TO reader_clinic;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['worklist', 'need', 'routes', 'slots', 'go_no_go'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_own_sites ON %I', name);
        EXECUTE format('CREATE POLICY of_own_sites ON %I FOR SELECT TO reader_clinic USING (site_id IN '
            '(SELECT site_id FROM hemoflow_access.reader_sites WHERE reader = current_user))', name);
        EXECUTE format('DROP POLICY IF EXISTS of_all_sites ON %I', name);
        EXECUTE format('CREATE POLICY of_all_sites ON %I FOR SELECT TO reader_laboratory USING (true)', name);
    END LOOP;
END $$;
