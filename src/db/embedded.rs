//! A private Postgres for one machine.
