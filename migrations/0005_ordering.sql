create table purchase_order (
  id text primary key,
  kind text not null,
  state text not null,
  buyer_id text not null,
  buyer_name text not null,             -- as it was when ordered
  user_id text not null,
  seller_id text not null,
  seller_name text not null,
  product_id text not null,
  product_name_zh text not null,
  product_name_en text not null,
  book text not null,                   -- real or sandbox
  currency text not null,
  payable_e8 bigint not null,
  refunded_e8 bigint not null default 0,
  refund_state text not null default 'NONE',
  provider text,                        -- how it was paid
  auto_renew bigint not null default 0, -- the buyer ticked automatic renewal
  parent_order_id text,
  instance_id text,
  pending_until bigint,
  created_at bigint not null,
  paid_at bigint,
  completed_at bigint,
  cancelled_at bigint,
  cancel_reason text,
  version bigint not null default 1
);
create index purchase_order_buyer on purchase_order (buyer_id, created_at, id);
create index purchase_order_buyer_state on purchase_order (buyer_id, state, created_at, id);
create index purchase_order_seller on purchase_order (seller_id, created_at, id);
create index purchase_order_seller_state on purchase_order (seller_id, state, created_at, id);
create index purchase_order_created on purchase_order (created_at, id);
create index purchase_order_state on purchase_order (state, created_at, id);
create index purchase_order_paid on purchase_order (paid_at) where paid_at is not null;
create index purchase_order_seller_paid on purchase_order (seller_id, paid_at) where paid_at is not null;
create index purchase_order_instance on purchase_order (instance_id) where instance_id is not null;
create table order_line (
  order_id text not null references purchase_order (id),
  line_no bigint not null,
  line_id text not null,                -- <order>-000001, as sellers see it
  specification_id text not null,
  specification_name_zh text not null,
  specification_name_en text not null,
  product_code text not null,           -- productId on the wire
  mode text not null,
  period text,
  periods bigint not null,
  quantity bigint not null,
  trial_days bigint,
  unit_price_e8 bigint not null,
  payable_e8 bigint not null,
  no_reason_refund bigint not null,
  terms text,                           -- JSON: ratios, frozen when paid
  primary key (order_id, line_no)
);
create table payment (
  id text primary key,
  order_id text not null references purchase_order (id),
  buyer_id text not null,
  provider text not null,
  state text not null,                  -- PENDING, SUCCEEDED, CANCELLED
  amount_e8 bigint not null,
  currency text not null,
  reference text not null,              -- what the buyer writes on a transfer
  created_at bigint not null,
  decided_at bigint,
  decided_by text
);
create index payment_order on payment (order_id);
create index payment_state on payment (state, created_at, id);
-- An order has at most one payment that counts or may come to count.
create unique index payment_open on payment (order_id) where state in ('PENDING', 'SUCCEEDED');
create table trial_taken (
  buyer_id text not null,
  product_id text not null,
  order_id text not null,
  primary key (buyer_id, product_id)
);
create table agreement_signature (
  order_id text not null,
  organisation_id text not null,
  user_id text not null,
  title_zh text not null,
  title_en text not null,
  text_hash text not null,              -- SHA-256 of the text that was agreed to
  text text not null,
  signed_at bigint not null,
  primary key (order_id, text_hash)
);
create index agreement_signature_organisation on agreement_signature (organisation_id, signed_at);
