create table category (
  id text primary key,
  parent_id text references category (id),
  name_zh text not null,
  name_en text not null,
  icon text not null default '',
  position bigint not null default 0,
  hidden bigint not null default 0
);
create table file (
  id text primary key,
  organisation_id text not null,
  name text not null,
  media_type text not null,             -- sniffed, never the sender's word
  size bigint not null,
  sha256 text not null,
  created_at bigint not null
);
create index file_organisation on file (organisation_id, created_at);
create table file_content (
  file_id text primary key references file (id),
  content {bytes} not null
);
create table product (
  id text primary key,
  organisation_id text not null references organisation (id),
  access_type text not null,
  business_type text not null,
  state text not null,
  public_sale bigint not null default 1,
  content text not null,                -- JSON: what is sold now (empty content until released)
  version_no bigint not null default 0, -- of the content
  name_zh text not null,
  name_en text not null,
  rating_x100 bigint not null default 0,
  sales bigint not null default 0,
  created_at bigint not null,
  updated_at bigint not null,
  released_at bigint,
  discontinued_at bigint,
  version bigint not null default 1
);
create index product_organisation on product (organisation_id, created_at, id);
create index product_state on product (state, created_at, id);
create table product_version (
  product_id text not null references product (id),
  version_no bigint not null,
  content text not null,
  application_id text not null,
  approved_at bigint not null,
  primary key (product_id, version_no)
);
create table application (
  id text primary key,
  product_id text not null references product (id),
  organisation_id text not null references organisation (id),
  kind text not null,
  state text not null,
  content text not null,                -- JSON snapshot; frozen while in review
  name_zh text not null,
  name_en text not null,
  comment text not null default '',     -- the seller's reason, for a delist
  submitted_at bigint,
  due_at bigint,                        -- end of the review's service level
  decided_at bigint,
  decided_by text,
  reason text not null default '',
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null default 1
);
create index application_organisation on application (organisation_id, created_at, id);
create index application_state on application (state, submitted_at, id);
-- At most one open application of a product (PB-21).
create unique index application_open on application (product_id) where state in ('DRAFT', 'PENDING_REVIEW', 'REJECTED');
-- What changed on the shelf, in the order of commits: every node's search index follows it.
create table catalogue_head (
  one bigint primary key,
  seq bigint not null
);
insert into catalogue_head (one, seq) values (1, 0);
create table catalogue_change (
  seq bigint primary key,
  product_id text not null,
  at bigint not null
);
