-- A row: an event of a unit with the event after it; recency 1 is the last event, which gives the state.
-- Inputs: unit_events. Events of the same instant follow their running identification.
SELECT event_id, unit_id, event, occurred_at, request_id,
    lead(event) OVER (PARTITION BY unit_id ORDER BY occurred_at, event_id) AS next_event,
    row_number() OVER (PARTITION BY unit_id ORDER BY occurred_at DESC, event_id DESC) AS recency
FROM unit_events
