create table ledger_account (
  key text primary key,                 -- book:kind:owner:currency
  kind text not null,
  owner text not null,
  book text not null,
  currency text not null,
  balance_e8 bigint not null default 0, -- credit balance; kept for buyers' balances only, checked against the postings
  version bigint not null default 1
);
create index ledger_account_owner on ledger_account (owner);
create table journal_entry (
  id text primary key,
  kind text not null,
  at bigint not null,
  order_id text,
  source text not null,                 -- why it exists: payment, top-up, order
  idempotency_key text not null unique, -- the same movement cannot be entered twice
  memo text not null default ''
);
create index journal_entry_at on journal_entry (at, id);
create index journal_entry_order on journal_entry (order_id);
create table posting (
  entry_id text not null references journal_entry (id),
  line_no bigint not null,
  account_key text not null,
  amount_e8 bigint not null,            -- debit positive, credit negative
  currency text not null,
  at bigint not null,
  primary key (entry_id, line_no)
);
create index posting_account on posting (account_key, at, entry_id);
create table top_up (
  id text primary key,
  organisation_id text not null references organisation (id),
  user_id text not null,
  amount_e8 bigint not null,
  currency text not null,
  reference text not null unique,       -- what the buyer writes on the transfer
  state text not null,                  -- PENDING, CONFIRMED, CANCELLED
  created_at bigint not null,
  decided_at bigint,
  decided_by text
);
create index top_up_organisation on top_up (organisation_id, created_at, id);
create index top_up_state on top_up (state, created_at, id);
