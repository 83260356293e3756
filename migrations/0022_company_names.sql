-- A name is a company's own once it is verified; before, anybody may claim it.
drop index organisation_legal_name;
create index organisation_legal_name on organisation (legal_name);
create unique index organisation_verified_name on organisation (legal_name) where verification = 'VERIFIED';
create index user_account_invited on user_account (created_at) where password_hash = '';
