create table instance (
  id text primary key,
  buyer_id text not null,
  buyer_name text not null,
  seller_id text not null,
  product_id text not null,
  product_name_zh text not null,
  product_name_en text not null,
  specification_id text not null,
  specification_name_zh text not null,
  specification_name_en text not null,
  order_id text not null,               -- the purchase
  line_id text not null,
  book text not null,
  mode text not null,
  period text,
  periods bigint not null,              -- what an automatic renewal buys again
  quantity bigint not null,
  trial bigint not null default 0,
  state text not null,
  since bigint not null,                -- of the state
  until bigint,                         -- end of the paid time
  next_at bigint,                       -- end of the grace or retention
  frozen_why text,
  anchor_day bigint not null default 1, -- day of the month on which periods end
  opened_at bigint,
  expiry_policy text not null default 'MANUAL',
  production_address text not null,     -- where the seller's server is
  seller_instance_id text,              -- the first one that the seller named (D-18)
  access_cipher text,                   -- JSON of appInfo, encrypted
  usage_json text,                      -- JSON of usageInfo
  information_at bigint,                -- when the seller last told it
  created_at bigint not null,
  version bigint not null default 1
);
create index instance_buyer on instance (buyer_id, created_at, id);
create index instance_buyer_state on instance (buyer_id, state, created_at, id);
create index instance_seller on instance (seller_id, created_at, id);
create index instance_created on instance (created_at, id);
create index instance_order on instance (order_id);
create unique index instance_seller_instance on instance (seller_id, seller_instance_id) where seller_instance_id is not null;
create table seller_call (
  id text primary key,
  seller_id text not null,
  buyer_id text not null,
  instance_id text not null references instance (id),
  order_id text,
  line_id text,
  product_name_zh text not null,
  product_name_en text not null,
  activity text not null,
  variant text not null default '',     -- scene or status
  parameters text not null,             -- JSON of what the request says
  address text not null,
  test_flag bigint not null default 0,
  state text not null,
  seq bigint not null,                  -- order of the calls of one instance
  attempts bigint not null default 0,
  first_attempt_at bigint,
  accepted_at bigint,                   -- 000004 answered
  next_at bigint,
  last_at bigint,
  exception_code text not null default '',
  exception text not null default '',
  result_code text not null default '',
  created_at bigint not null,
  version bigint not null default 1
);
create index seller_call_seller on seller_call (seller_id, created_at, id);
create index seller_call_seller_state on seller_call (seller_id, state, created_at, id);
create index seller_call_state on seller_call (state, created_at, id);
create unique index seller_call_instance on seller_call (instance_id, seq);
create index seller_call_order on seller_call (order_id) where order_id is not null;
create table call_attempt (
  call_id text not null references seller_call (id),
  attempt_no bigint not null,
  at bigint not null,
  trigger_kind text not null,
  activity text not null,               -- a create is followed by queries in the same record
  url text not null,                    -- signature masked
  request_body text not null,
  http_status bigint,
  response_headers text not null default '',
  response_body text not null default '', -- first 64 KiB
  duration_micros bigint not null default 0,
  verdict text not null,                -- SUCCESS, PROCESSING, FAILURE, or SENT until it is known
  exception_code text not null default '',
  exception text not null default '',
  result_code text not null default '',
  primary key (call_id, attempt_no)
);
