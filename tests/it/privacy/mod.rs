//! A copy of one's own data, and its end.

mod delete_account;
mod export;
