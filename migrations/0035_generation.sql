-- The generation of the seller interface that the address of a service speaks.
alter table instance add column generation text not null default 'SAAS_V2';
