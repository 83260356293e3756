-- Append-only audit log, one hash chain per organisation and one for the platform.
create table audit_chain (
  chain text primary key,               -- organisation id or 'platform'
  last_seq bigint not null,
  last_hash text not null
);
create table audit_entry (
  chain text not null,
  seq bigint not null,
  at bigint not null,
  actor_kind text not null,             -- user, operator, system
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  detail text not null,                 -- JSON: before, after, comment
  prev_hash text not null,
  hash text not null,                   -- SHA-256 over prev_hash and every column above
  primary key (chain, seq)
);
create index audit_entry_subject on audit_entry (subject_id, at);
create index audit_entry_at on audit_entry (at, chain, seq);
