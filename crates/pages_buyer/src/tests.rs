//! Every text of these pages exists in both languages.
