-- What a mail says apart from its looks (JSON: language, title, paragraphs, button, why it is sent);
-- empty for mails that are plain text only.
alter table mail add column letter text not null default '';
