-- Audit log: append-only and hash-chained. The hash is made by the program; the database refuses every change.
create table audit_log (
  seq        bigint primary key check (seq > 0),
  at         timestamptz not null,
  actor_kind text not null,
  actor_id   text not null,
  actor_name text not null,
  action     text not null,
  target     text not null,
  details    jsonb not null,
  prev_hash  text not null,
  hash       text not null unique
);
create index audit_log_actor on audit_log (actor_id, seq desc);
create index audit_log_action on audit_log (action text_pattern_ops, seq desc);
create index audit_log_target on audit_log (target, seq desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on the append-only table %', tg_op, tg_table_name using errcode = 'HF001';
end
$$;

create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_change();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function refuse_change();

-- Settings that people change while the program runs; configuration proper lives in holdfast.yaml.
create table settings (
  key        text primary key,
  value      jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by text not null
);
