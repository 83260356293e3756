-- What a sub-user's product rights are narrowed to, and whether his keys work (supply side 1.9, ON-43).
alter table user_account add column products text not null default '[]';
alter table user_account add column programmatic bigint not null default 0;
create index instance_product on instance (product_id);
