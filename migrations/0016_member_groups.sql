-- User groups of an organisation (supply side ON-40): a member holds the rights of his role, his own
-- further rights, and those of his groups.
create table member_group (
  id text primary key,
  organisation_id text not null references organisation (id),
  name text not null,
  rights text not null,                 -- JSON list of rights
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null default 1
);
create unique index member_group_name on member_group (organisation_id, name);
create table member_group_user (
  group_id text not null references member_group (id),
  user_id text not null references user_account (id),
  primary key (group_id, user_id)
);
create index member_group_user_user on member_group_user (user_id);
-- The union of the rights of his groups, kept with every change of them: read with each request.
alter table user_account add column group_rights text not null default '[]';
