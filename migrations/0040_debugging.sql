-- Debug cases of sellers (seller interface 11.2 - 11.4, D-47): one for each address, generation, tab
-- and variant; the newest wins. The parameters are sealed, because a seller may enter personal data.
create table debug_case (
  id text primary key,
  organisation_id text not null references organisation (id),
  address text not null,
  generation text not null,
  activity text not null,
  variant text not null,
  parameters_cipher text not null,      -- sealed JSON of names and values, without signature and key
  verdict text not null,                -- of the last run: SUCCESS, PROCESSING, FAILURE
  exception_code text not null,
  result_code text not null,
  duration_micros bigint not null,
  saved_at bigint not null,
  ran_at bigint not null
);
create unique index debug_case_key on debug_case (organisation_id, address, generation, activity, variant);
create index debug_case_list on debug_case (organisation_id, saved_at, id);
-- The debug calls of the last minute, so that their number stays limited over all nodes.
create table debug_call (
  id text primary key,
  organisation_id text not null references organisation (id),
  at bigint not null
);
create index debug_call_recent on debug_call (organisation_id, at);
