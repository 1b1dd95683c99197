//! The connection pool, migrations, transactions and typed ids. No queries: those live in each domain's `store.rs`.
//! A statement always takes a [`Conn`]; only use-cases open a [`transaction`].

pub mod embedded;
pub mod ids;
pub mod json;
#[rustfmt::skip]
pub mod schema;
mod slice;
pub mod text_enum;

use std::time::Duration;

use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    error::{Error, Result},
    metrics,
};

pub use slice::Slice;

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a request waits for a free connection before it is told to come back.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);
/// Any number that no other advisory lock of ours uses.
const MIGRATION_LOCK: i64 = 0x7773_6d69;
/// How long a process waits for the migrations of another, and a migration for a lock on what it changes.
const MIGRATION_WAIT_SECONDS: u64 = 300;

/// Set on every connection of the pool. A transaction waits for nothing but its statements, so one that pauses is of a process that is
/// frozen or cut off, and its locks (that of claims, for one) hold up all others: they end before those give up waiting for them.
/// Sessions of a host that is gone without a word end in 20 s, since the server has only so many.
const TIME_LIMITS: &str = "SET statement_timeout = '30s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '5s';
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2";

/// What finds out here that the server's host, or the network to it, is gone without a word: its kernel acknowledges within 10 s what it
/// is sent, and each sign of life that an idle connection asks for, or the connection ends. By itself TCP would take a quarter of an hour,
/// and whoever waits for an answer (a worker that claims) as long. Seconds, but for the retries.
const LIVENESS: [(&str, &str); 4] =
    [("tcp_user_timeout", "10"), ("keepalives_idle", "5"), ("keepalives_interval", "5"), ("keepalives_retries", "2")];

pub type Conn = AsyncPgConnection;
type Transactions = <Conn as AsyncConnection>::TransactionManager;

/// A handle on the pool; clones share it.
#[derive(Clone)]
pub struct Db {
    pool: deadpool::Pool<Conn>,
}

/// A connection that returns to the pool when dropped.
pub type Checkout = ::deadpool::managed::Object<AsyncDieselConnectionManager<Conn>>;

impl Db {
    /// Opens lazily: an unreachable server shows at the first checkout.
    pub fn connect(database_url: &str, connections_max: usize) -> Result<Self> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(|url| Box::pin(establish(url.to_owned())));
        let manager = AsyncDieselConnectionManager::<Conn>::new_with_config(watched(database_url), config);
        let pool = deadpool::Pool::builder(manager)
            .max_size(connections_max)
            .runtime(::deadpool::Runtime::Tokio1)
            .wait_timeout(Some(CHECKOUT_TIMEOUT))
            .create_timeout(Some(CHECKOUT_TIMEOUT))
            .build()
            .map_err(Error::fault)?;
        Ok(Self { pool })
    }

    /// UNAVAILABLE when no connection is free or the server does not answer in 5 s.
    pub async fn conn(&self) -> Result<Checkout> {
        self.pool.get().await.map_err(|error| {
            tracing::warn!(error = %error, "no database connection");
            Error::unavailable("The database is not reachable at the moment; nothing was lost, try again.")
        })
    }

    /// The pool as it is.
    #[must_use]
    pub fn status(&self) -> metrics::Pool {
        let found = self.pool.status();
        let busy = found.size.saturating_sub(found.available);
        metrics::Pool { busy, open: found.size, max: found.max_size, waiting: found.waiting }
    }

    /// Asks the server for one row; UNAVAILABLE when it does not answer.
    pub async fn ping(&self) -> Result<()> {
        diesel_async::RunQueryDsl::execute(diesel::sql_query("SELECT 1"), &mut *self.conn().await?).await?;
        Ok(())
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

/// The same address, with [`LIVENESS`]. What it says of them itself comes later, and counts.
fn watched(database_url: &str) -> String {
    let settings = |between: &str| LIVENESS.map(|(name, value)| format!("{name}={value}")).join(between);
    if !database_url.starts_with("postgres://") && !database_url.starts_with("postgresql://") {
        // In the form of `host=.. user=..`.
        return format!("{} {database_url}", settings(" "));
    }
    // A password may hold a question mark.
    let host = database_url.find('@').unwrap_or_default();
    match database_url[host..].find('?') {
        Some(mark) => {
            let (address, given) = database_url.split_at(host + mark + 1);
            format!("{address}{}&{given}", settings("&"))
        }
        None => format!("{database_url}?{}", settings("&")),
    }
}

/// A connection on which nothing may hang for long: neither a statement, nor a lock, nor a transaction that its owner forgot.
async fn establish(url: String) -> diesel::ConnectionResult<Conn> {
    use diesel_async::SimpleAsyncConnection;
    let mut conn = Conn::establish(&url).await?;
    conn.batch_execute(TIME_LIMITS).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Runs `work` in one transaction: commits on `Ok`, rolls back on `Err`. A use-case that is dropped half-way
/// leaves a connection the pool does not take back, and so a rollback. A nested call is a savepoint.
pub async fn transaction<T, F>(conn: &mut Conn, work: F) -> Result<T>
where
    F: AsyncFnOnce(&mut Conn) -> Result<T>,
{
    Transactions::begin_transaction(conn).await?;
    match work(conn).await {
        Ok(value) => {
            Transactions::commit_transaction(conn).await?;
            Ok(value)
        }
        Err(error) => {
            Transactions::rollback_transaction(conn).await?;
            Err(error)
        }
    }
}

/// Brings the database to the newest schema; a second call does nothing. Needs the multi-threaded runtime.
pub async fn migrate(database_url: &str) -> Result<Vec<String>> {
    let mut conn = Conn::establish(&watched(database_url)).await.map_err(Error::fault)?;
    // Processes that start together wait for the first; the lock ends with the connection.
    conn.batch_execute(&format!("SET lock_timeout = '{MIGRATION_WAIT_SECONDS}s'; SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let done = harness.run_pending_migrations(MIGRATIONS).map_err(|error| Error::fault(anyhow::anyhow!("{error}")))?;
    Ok(done.iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = "tcp_user_timeout=10&keepalives_idle=5&keepalives_interval=5&keepalives_retries=2";

    #[test]
    fn every_form_of_an_address_is_watched_and_has_the_last_word() {
        let watched_as = |url: &str, wanted: &str| assert_eq!(watched(url), wanted.replace("..", SETTINGS));
        watched_as("postgres://ada:pass@db:5432/here", "postgres://ada:pass@db:5432/here?..");
        watched_as("postgres://ada:pa?ss@db/here", "postgres://ada:pa?ss@db/here?..");
        watched_as("postgresql:///here?host=%2Frun&user=ada", "postgresql:///here?..&host=%2Frun&user=ada");
        watched_as("postgres://ada@db/here?keepalives_idle=60", "postgres://ada@db/here?..&keepalives_idle=60");
        assert_eq!(watched("host=db user=ada"), format!("{} host=db user=ada", SETTINGS.replace('&', " ")));
    }
}
