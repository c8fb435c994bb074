-- a playbook can be switched off: by whom, since when and why; all null while it is on.
ALTER TABLE playbook
  ADD COLUMN off_at     bigint,
  ADD COLUMN off_by     jsonb,
  ADD COLUMN off_reason text,
  ADD CONSTRAINT playbook_off CHECK (num_nonnulls(off_at, off_by, off_reason) IN (0, 3));
