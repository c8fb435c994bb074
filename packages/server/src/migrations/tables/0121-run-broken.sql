-- runs that broke off at a fault: they wait for a person, who tries again or ends them. {at, cause, steps}; null for every other run.
ALTER TABLE playbook_run
  ADD COLUMN broken jsonb,
  DROP CONSTRAINT playbook_run_state_check,
  ADD CONSTRAINT playbook_run_state_check CHECK (state IN ('running', 'stuck', 'broken', 'done', 'failed', 'cancelled')),
  ADD CONSTRAINT playbook_run_broken CHECK ((state = 'broken') = (broken IS NOT NULL));
