-- Failed log-ins: of an address from one network, and of an address from anywhere. Addresses without an
-- account have rows too, so that a lock tells nothing. Keys are hashes.
create table login_failure (
  key text primary key,
  failures bigint not null default 0,
  locked_until bigint,
  updated_at bigint not null
);
create index login_failure_updated on login_failure (updated_at);
