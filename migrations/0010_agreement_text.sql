-- The text of an agreement is the same for everybody who signs it: kept once, under its SHA-256.
create table agreement_text (
  hash text primary key,
  text text not null
);
insert into agreement_text (hash, text) select text_hash, min(text) from agreement_signature group by text_hash;
-- From here on new signatures leave their own text empty.
update agreement_signature set text = '';
