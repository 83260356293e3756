-- Four eyes for money acts (trade 10): who said first that money has arrived. Another person decides.
create table money_prepared (
  subject_id text primary key,          -- payment or top-up
  prepared_by text not null,            -- operator
  prepared_name text not null,
  prepared_at bigint not null
);
