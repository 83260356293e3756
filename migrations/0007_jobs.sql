-- Work that follows from a change, written in the change's own transaction.
create table job (
  id text primary key,
  kind text not null,
  payload text not null,                -- JSON, ids only
  state text not null,                  -- WAITING, RUNNING, DONE, FAILED, CANCELLED
  due_at bigint not null,               -- in the time of clock_owner
  run_at bigint not null,               -- in real time
  clock_owner text,                     -- sandbox organisation whose test clock moves it
  attempts bigint not null default 0,
  claimed_by text,
  lease_until bigint,
  last_error text not null default '',
  subject_kind text not null,
  subject_id text not null,
  created_at bigint not null,
  finished_at bigint
);
create index job_due on job (run_at, id) where state = 'WAITING';
create index job_lease on job (lease_until) where state = 'RUNNING';
create index job_failed on job (finished_at, id) where state = 'FAILED';
create index job_subject on job (subject_id);
create index job_clock on job (clock_owner) where clock_owner is not null and state = 'WAITING';
create index job_created on job (created_at, id);
create index job_finished on job (finished_at) where state = 'DONE';
create table message (
  id text primary key,
  organisation_id text,                 -- null: for operators
  kind text not null,                   -- key of the text
  class_code bigint not null,           -- 101, 103, 501, 901
  arguments text not null,              -- JSON
  href text not null default '',
  created_at bigint not null,
  read_at bigint
);
create index message_organisation on message (organisation_id, created_at, id);
create index message_unread on message (organisation_id) where read_at is null;
create table mail (
  id text primary key,
  recipient text not null,
  subject text not null,
  body text not null,
  state text not null,                  -- WAITING, SENT, FAILED
  created_at bigint not null,
  sent_at bigint,
  error text not null default ''
);
create index mail_created on mail (created_at, id);
create table sweep (
  name text primary key,                -- a periodic task
  last_started_at bigint not null,
  last_finished_at bigint,
  last_result text not null default '',
  next_at bigint not null
);
