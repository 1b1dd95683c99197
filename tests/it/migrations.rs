//! The migrations go up, down and up again, and `db/schema.rs` says what they make.

use std::collections::BTreeMap;

use diesel_async::{AsyncConnection, AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::MigrationHarness;
use weak_to_strong::db::{self, Conn, MIGRATIONS};

use crate::support::postgres::Database;

#[derive(diesel::QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = diesel::sql_types::Text)]
    in_table: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    named: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    udt_name: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    nullable: bool,
}

/// Every column of every table of ours, in order.
async fn columns(url: &str) -> Vec<Column> {
    let mut conn = Conn::establish(url).await.unwrap();
    diesel::sql_query(
        "SELECT table_name::text AS in_table, column_name::text AS named, udt_name::text, is_nullable = 'YES' AS nullable FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' ORDER BY table_name, ordinal_position",
    )
    .load(&mut conn)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up() {
    let database = Database::empty().await;
    let migrate = async || db::migrate(&database.url).await.map_err(weak_to_strong::error::Error::into_anyhow).unwrap();
    let applied = migrate().await;
    assert!(!applied.is_empty());
    assert_eq!(migrate().await, Vec::<String>::new(), "a second call does nothing");
    let first = format!("{:?}", columns(&database.url).await);

    let conn = Conn::establish(&database.url).await.unwrap();
    let mut harness = AsyncMigrationHarness::new(conn);
    harness.revert_all_migrations(MIGRATIONS).unwrap();
    drop(harness);
    assert!(columns(&database.url).await.is_empty(), "down leaves tables behind");

    assert_eq!(migrate().await, applied);
    assert_eq!(format!("{:?}", columns(&database.url).await), first);
}

/// The name diesel has for a type of Postgres.
fn diesel_type(udt_name: &str) -> String {
    let plain = match udt_name {
        "uuid" => "Uuid",
        "text" => "Text",
        "int2" => "SmallInt",
        "int4" => "Integer",
        "int8" => "BigInt",
        "bool" => "Bool",
        "jsonb" => "Jsonb",
        "bytea" => "Bytea",
        "date" => "Date",
        "float8" => "Double",
        "timestamptz" => "Timestamptz",
        other => match other.strip_prefix('_') {
            Some(element) => return format!("Array<{}>", diesel_type(element)),
            None => panic!("a type that db/schema.rs does not know: {other}"),
        },
    };
    plain.to_owned()
}

#[tokio::test]
async fn the_schema_file_says_what_the_migrations_make() {
    let database = Database::fresh().await;
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in columns(&database.url).await {
        let plain = diesel_type(&column.udt_name);
        let full = if column.nullable { format!("Nullable<{plain}>") } else { plain };
        made.entry(column.in_table).or_default().push(format!("{} -> {full}", column.named));
    }
    let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in include_str!("../../src/db/schema.rs").lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
        } else if line.contains(" -> ") {
            written.entry(table.clone()).or_default().push(line.trim_end_matches(',').to_owned());
        }
    }
    pretty_assertions::assert_eq!(written, made);
}
