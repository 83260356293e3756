-- Accounts. Times are microseconds since 1970 UTC; flags are 0 or 1; ids and times are made by the program.
create table setting (
  key text primary key,                 -- parameter key of the specification
  value bigint not null,
  updated_at bigint not null
);
create table organisation (
  id text primary key,
  name_zh text not null,
  name_en text not null,
  legal_name text not null,
  credit_code text not null default '',
  verification text not null,           -- real-name verification state
  seller_state text not null,
  is_partner bigint not null default 0,
  sandbox bigint not null default 0,    -- orders of a sandbox organisation move no real money
  clock_offset bigint not null default 0, -- test clock of a sandbox organisation, microseconds ahead
  frozen bigint not null default 0,     -- an operator stopped it
  profile_zh text not null default '',
  profile_en text not null default '',
  logo text,                            -- file id
  website text not null default '',
  service_email text not null default '', -- customer-service mailbox; interface failures are mailed to it
  service_phone text not null default '',
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null default 1     -- guard against lost updates
);
create unique index organisation_legal_name on organisation (legal_name);
create index organisation_created on organisation (created_at, id);
create index organisation_seller on organisation (seller_state, id);
create table user_account (
  id text primary key,
  organisation_id text references organisation (id), -- null for operators
  email text not null unique,           -- folded to lower case
  name text not null,
  password_hash text not null,          -- argon2id, PHC form
  role text not null,                   -- member role or operator role
  is_operator bigint not null default 0,
  extra_rights text not null default '[]', -- JSON list of rights beyond the role
  language text not null default 'zh',
  failures bigint not null default 0,
  locked_until bigint,
  disabled bigint not null default 0,
  created_at bigint not null,
  last_login_at bigint,
  version bigint not null default 1
);
create index user_account_organisation on user_account (organisation_id, id);
create index user_account_operator on user_account (is_operator, id);
create table session (
  token_hash text primary key,          -- SHA-256 of the cookie's value
  user_id text not null references user_account (id),
  csrf text not null,
  created_at bigint not null,
  last_seen_at bigint not null,
  agent text not null default ''
);
create index session_by_user on session (user_id);
create index session_by_time on session (last_seen_at);
create table password_reset (
  token_hash text primary key,
  user_id text not null references user_account (id),
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint
);
create table api_token (
  id text primary key,
  user_id text not null references user_account (id),
  name text not null,
  token_hash text not null unique,
  created_at bigint not null,
  last_used_at bigint,
  revoked_at bigint
);
create index api_token_user on api_token (user_id, id);
create table access_key (
  id text primary key,
  organisation_id text not null references organisation (id),
  interface_type text not null,         -- basic, kit, licence, common
  cipher text not null,                 -- the key, encrypted
  enabled bigint not null default 1,
  created_at bigint not null,
  last_used_at bigint
);
create index access_key_organisation on access_key (organisation_id, interface_type, id);
create table idempotency (
  actor text not null,                  -- user id
  key text not null,
  request_hash text not null,           -- same key with another request is refused
  status bigint not null,
  response text not null,
  created_at bigint not null,
  primary key (actor, key)
);
create index idempotency_created on idempotency (created_at);
